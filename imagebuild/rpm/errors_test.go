package rpm

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

// TestDamageIsNoEnd: no error but io.EOF itself may pass for it.
func TestDamageIsNoEnd(t *testing.T) {
	for _, cause := range []error{io.EOF, fmt.Errorf("reading: %w", io.EOF), &DamageError{Where: "x", Err: io.EOF}} {
		err := error(&DamageError{Where: "payload", What: "it ends early", Err: cause})
		if errors.Is(err, io.EOF) {
			t.Errorf("%v passes for io.EOF", err)
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v is no unexpected end", err)
		}
	}
	if err := error(&DamageError{Where: "payload", What: "it ends early", Err: io.ErrNoProgress}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v hides its cause", err)
	}
}
