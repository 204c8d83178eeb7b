package vectors

import (
	"fmt"
	"strings"
	"testing"
)

// Every form that Write writes is read as it was, bit by bit.
func TestWrite(t *testing.T) {
	words, rows := []string{"the", "Köln", "x"}, []float32{0.1, -1e-30, 3, 1.0 / 3, 5, 6}
	for _, form := range []Form{Headless, Headed, Binary} {
		var b strings.Builder
		if err := Write(&b, form, words, rows, 2); err != nil {
			t.Fatal(err)
		}
		got, as, err := readAll(write(t, b.String()))
		want := []row{{"the", rows[:2]}, {"Köln", rows[2:4]}, {"x", rows[4:]}}
		if err != nil || as != form || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: read %s %v, %v", form, as, got, err)
		}
	}
}
