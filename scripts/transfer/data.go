package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"braid/job"
)

// sentence is a line of each of the three files of the format seq.
type sentence [3]string

var files = [3]string{"seq.in", "seq.out", "label"}

func (s sentence) intent() string { return strings.TrimSpace(s[2]) }

// read returns the sentences of a directory.
func read(dir string) (all []sentence, err error) {
	for i, name := range files {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("%w: scripts/data/get.sh snips fetches the data", err)
		}
		lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
		if i == 0 {
			all = make([]sentence, len(lines))
		}
		if len(lines) != len(all) {
			return nil, fmt.Errorf("%s: %s has %d lines, %s has %d", dir, name, len(lines), files[0], len(all))
		}
		for k, line := range lines {
			all[k][i] = line
		}
	}
	return all, nil
}

// write writes sentences into a new directory.
func write(dir string, all []sentence) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, name := range files {
		var b strings.Builder
		for _, s := range all {
			b.WriteString(s[i] + "\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// some returns the first n sentences of each intent in the order of the file, without those that keep refuses; all if n
// is 0. The order of SNIPS is random.
func some(all []sentence, n int, keep func(intent string) bool) (kept []sentence) {
	count := map[string]int{}
	for _, s := range all {
		if intent := s.intent(); keep(intent) && (n == 0 || count[intent] < n) {
			count[intent]++
			kept = append(kept, s)
		}
	}
	return kept
}

// makeData writes the data sets of an experiment: known has the sentences without the new intent, new those of the new
// intent, and all-N at most N training sentences of each intent.
func makeData(snips, dir, intent string, known int, examples []int) error {
	for split, sub := range map[job.Split]string{job.Train: "train", job.Dev: "valid", job.Test: "test"} {
		all, err := read(filepath.Join(snips, sub))
		if err != nil {
			return err
		}
		limit := func(n int) int {
			if split != job.Train {
				return 0
			}
			return n
		}
		sets := map[string][]sentence{
			"known": some(all, limit(known), func(of string) bool { return of != intent }),
			"new":   some(all, 0, func(of string) bool { return of == intent }),
		}
		for _, n := range examples {
			sets[fmt.Sprintf("all-%d", n)] = some(all, limit(n), func(string) bool { return true })
		}
		for name, sentences := range sets {
			if len(sentences) == 0 {
				return fmt.Errorf("%s: no sentences for the data set %s: choose an intent of SNIPS", split, name)
			}
			if err := write(filepath.Join(dir, name, sub), sentences); err != nil {
				return err
			}
		}
	}
	return nil
}
