package main

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"strings"
)

//go:embed equivalent.txt
var equivalentList string

// equivalent names a mutant that changes no behaviour. The line is named by its text, which
// stays when lines move.
type equivalent struct{ file, before, what string }

// parseEquivalent reads lines of file, text of the line, change and reason, which are separated
// by " | ". Blank lines and lines with # are skipped.
func parseEquivalent(text string) (map[equivalent]string, error) {
	all := map[equivalent]string{}
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 4 {
			return nil, fmt.Errorf("equivalent.txt:%d: %d parts, want file | line | change | reason", n+1, len(parts))
		}
		all[equivalent{parts[0], parts[1], parts[2]}] = parts[3]
	}
	return all, nil
}

func (e equivalent) String() string { return e.file + " | " + e.before + " | " + e.what }

// key names a mutant in the list.
func (p *pkg) key(m mutant) equivalent {
	return equivalent{p.room() + "/" + filepath.Base(m.file), m.before, m.what}
}
