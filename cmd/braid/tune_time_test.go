package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The number of trials of an interrupted tuning counts for the same --time alone.
func TestTrialsOfAnotherTime(t *testing.T) {
	note := filepath.Join(t.TempDir(), trialsFile)
	for _, c := range []struct {
		text  string
		limit time.Duration
		want  int
		fails bool
	}{
		{"", time.Hour, 0, false},
		{"12 1h0m0s\n", time.Hour, 12, false},
		{"12 1h0m0s\n", time.Minute, 0, false},
		{"1 1h0m0s\n", time.Hour, 0, true},
		{"x\n", time.Hour, 0, true},
	} {
		if c.text != "" {
			if err := os.WriteFile(note, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := readTrials(note, c.limit); n != c.want || (err != nil) != c.fails {
			t.Errorf("%q for %s: %d, %v", c.text, c.limit, n, err)
		}
	}
}
