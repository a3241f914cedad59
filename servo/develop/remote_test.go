package develop

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// served makes a repository with a history and gives its folder and the URL under which the real git serves it.
func served(t *testing.T, config ...string) (dir, url string) {
	t.Helper()
	dir = repository(t, source("1.0.0"))
	gitIn(t, dir, "tag", "v1.0.0")
	write(t, dir, source("1.1.0"))
	gitIn(t, dir, "add", "-A")
	gitIn(t, dir, "commit", "-q", "-m", "second")
	gitIn(t, dir, "tag", "-a", "-m", "annotated", "v1.1.0")
	write(t, dir, source("1.2.0"))
	gitIn(t, dir, "add", "-A")
	gitIn(t, dir, "commit", "-q", "-m", "third")
	gitIn(t, dir, "checkout", "-q", "-b", "testing")
	gitIn(t, dir, "commit", "-q", "--allow-empty", "-m", "fourth")
	gitIn(t, dir, "checkout", "-q", "master")
	for _, c := range config {
		gitIn(t, dir, "config", c, "true")
	}
	backend := &cgi.Handler{
		Path: filepath.Join(gitIn(t, dir, "--exec-path"), "git-http-backend"), Root: "/",
		Env: []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
	}
	if _, err := os.Stat(backend.Path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("git-http-backend is not installed")
	}
	server := httptest.NewServer(backend)
	t.Cleanup(server.Close)
	return dir, server.URL + "/.git"
}

// A remote repository gives what the same commit gives from this machine.
func TestRemote(t *testing.T) {
	dir, url := served(t)
	temp := t.TempDir()
	first := gitIn(t, dir, "rev-parse", "v1.0.0")
	for ref, branch := range map[string]string{"": "master", "master": "", "testing": "", "v1.0.0": "", "v1.1.0": "", "refs/heads/testing": "", first: "", first[:9]: "", "HEAD": "",
		gitIn(t, dir, "rev-parse", "master~1"): "", gitIn(t, dir, "rev-parse", "testing"): ""} {
		got, err := Open(t.Context(), Request{Source: url, Ref: ref}, Options{TempDir: temp})
		if err != nil {
			t.Errorf("%q: %v", ref, err)
			continue
		}
		if ref == "" {
			ref = branch
		}
		want := mustOpen(t, Request{Source: dir, Ref: ref})
		if got.Commit != want.Commit || got.SHA256 != want.SHA256 || got.Version != want.Version || got.Ref != ref || !slices.Equal(got.Files(), want.Files()) {
			t.Errorf("%q: %s, want %s", ref, got.Describe(), want.Describe())
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	for ref, words := range map[string][]string{
		"mastr":                    {"mastr", "did you mean master", url},
		"v1.0":                     {"did you mean v1.0.0"},
		"deadbeef":                 {"deadbeef", ErrNoRef.Error()},
		strings.Repeat("12ab", 10): {ErrNoRef.Error()},
		"nothing-like-it-at-all":   {"there are master, testing, v1.0.0, v1.1.0"},
	} {
		_, err := Open(t.Context(), Request{Source: url, Ref: ref}, Options{})
		refuses(t, err, words...)
	}
	if _, err := Open(t.Context(), Request{Source: url + "/not/there"}, Options{}); err == nil {
		t.Error("no error for a repository that is not there")
	}
}

// A server that gives any commit is asked for the one alone.
func TestRemoteAnyCommit(t *testing.T) {
	dir, url := served(t, "uploadpack.allowReachableSHA1InWant")
	second := gitIn(t, dir, "rev-parse", "master~1")
	s, err := Open(t.Context(), Request{Source: url, Ref: second}, Options{Limits: Limits{Objects: 40}})
	if err != nil || s.Commit != second || s.Version != "1.1.0" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRemoteLimits(t *testing.T) {
	_, url := served(t)
	for _, l := range []Limits{{Objects: 3}, {Download: 100}, {Unpacked: 300}, {Files: 3}, {Bytes: 200}} {
		if _, err := Open(t.Context(), Request{Source: url}, Options{Limits: l}); err == nil {
			t.Errorf("%+v: no error", l)
		} else if l.Files == 0 && l.Bytes == 0 && !errors.Is(err, errTooMuch) {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

// Nobody is asked for a password, and none is told.
func TestRemotePassword(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, word, ok := r.BasicAuth(); ok && (user != "me" || word != "s3cret") {
			t.Errorf("%s %s", user, word)
		}
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer server.Close()
	_, err := Open(t.Context(), Request{Source: strings.Replace(server.URL, "//", "//me:s3cret@", 1) + "/x.git"}, Options{})
	refuses(t, err, "nobody is asked for a password", "me:***@")
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the password is told: %v", err)
	}
}

func TestRemoteSchemes(t *testing.T) {
	for _, url := range []string{"ftp://example.com/x", "ext::sh -c touch% /tmp/x", "file:///not/there/at/all"} {
		if _, err := Open(t.Context(), Request{Source: url}, Options{}); err == nil {
			t.Errorf("%s: no error", url)
		}
	}
}

// A server that never answers ends with the context.
func TestRemoteCancel(t *testing.T) {
	block := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-block }))
	defer server.Close()
	defer close(block)
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := Open(ctx, Request{Source: server.URL + "/x.git"}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// The git protocol, by hand: a list of refs, then whatever the test sends.
func TestHostileServer(t *testing.T) {
	commit := strings.Repeat("1234567890", 4)
	for name, answer := range map[string]func(w io.Writer){
		"garbage":  func(w io.Writer) { io.WriteString(w, "0008NAK\nPACK\x00\x00\x00\x02garbage") },
		"nothing":  func(w io.Writer) { io.WriteString(w, "0008NAK\n") },
		"too many": func(w io.Writer) { io.WriteString(w, "0008NAK\nPACK\x00\x00\x00\x02\xff\xff\xff\xff") },
		"too large": func(w io.Writer) {
			io.WriteString(w, "0008NAK\n")
			w.Write(pack(1, append([]byte{0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}, deflated("x")...)))
		},
		"delta bomb": func(w io.Writer) {
			io.WriteString(w, "0008NAK\n")
			base := append([]byte{0x31}, deflated("x")...)
			bomb := append([]byte{0x6b, byte(len(base))}, deflated("\x01\x80\x80\x80\x80\x80\x20\x91\x00\x01")...)
			w.Write(pack(2, append(base, bomb...)))
		},
		"other commit": func(w io.Writer) {
			io.WriteString(w, "0008NAK\n")
			w.Write(pack(1, append([]byte{0x31}, deflated("x")...)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				buf := make([]byte, 4096)
				c.Read(buf)
				line := commit + " HEAD\x00ofs-delta\n"
				fmt.Fprintf(c, "%04x%s0000", len(line)+4, line)
				c.Read(buf)
				answer(c)
				c.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, c) // else what the client still says is answered by a reset
			}()
			if s, err := Open(t.Context(), Request{Source: "git://" + l.Addr().String() + "/x.git"}, Options{}); err == nil {
				t.Errorf("no error: %+v", s)
			} else if strings.HasPrefix(name, "too") || name == "delta bomb" {
				if !errors.Is(err, errTooMuch) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

func deflated(s string) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.Bytes()
}

func pack(n uint32, objects []byte) []byte {
	out := append([]byte("PACK\x00\x00\x00\x02"), binary.BigEndian.AppendUint32(nil, n)...)
	out = append(out, objects...)
	sum := sha1.Sum(out)
	return append(out, sum[:]...)
}

// A pack is built within its limits, or refused.
func FuzzUnpack(f *testing.F) {
	f.Add(pack(1, append([]byte{0x33}, deflated("abc")...)))
	base := append([]byte{0x31}, deflated("x")...)
	f.Add(pack(2, append(base, append([]byte{0x64, byte(len(base))}, deflated("\x01\x01\x90\x01")...)...)))
	f.Add(pack(1, append([]byte{0x74}, append(make([]byte, 20), deflated("\x01\x01\x90\x01")...)...)))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := Limits{Objects: 100, Unpacked: 1 << 20}.orDefaults()
		err := guarded(func() error {
			st, err := unpack(t.Context(), bytes.NewReader(data), l)
			if err == nil && len(st.Objects) > l.Objects {
				t.Errorf("%d objects", len(st.Objects))
			}
			return err
		})
		_ = err // any error will do: memory and time are what is watched
	})
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:word@host/x.git":    "https://user:***@host/x.git",
		"https://token@host/x.git":        "https://***@host/x.git",
		"https://a:b@c@host/x":            "https://a:***@host/x",
		"ssh://git@host/x":                "ssh://git@host/x",
		"git@host:x":                      "git@host:x",
		"/src/servo":                      "/src/servo",
		"https://host/a@b:c":              "https://host/a@b:c",
		"http://user:p%40ss@[::1]:80/a@b": "http://user:***@[::1]:80/a@b",
	} {
		if got := redact(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
