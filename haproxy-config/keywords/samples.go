package keywords

// SamplePlaces are the letters of where a sample fetch can be had: when a connection
// comes (C), in a session (S), on a request (Q), on a response (P), in the log (L), in a
// check (K), and while the configuration is read (G).
const SamplePlaces = "CSQPLKG"
