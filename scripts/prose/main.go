package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	maxOddPerThousand = 0.5
	maxColumns        = 120
)

//go:embed words.txt
var wordList string

func main() {
	verbose := flag.Bool("v", false, "print every place")
	flag.Parse()
	roots := flag.Args()
	if len(roots) == 0 {
		roots = []string{"."}
	}
	ok, err := check(roots, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "prose:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// check reads the tracked files below roots and prints the totals. It reports whether they are within the limits.
func check(roots []string, verbose bool) (bool, error) {
	files, err := tracked(roots)
	if err != nil {
		return false, err
	}
	odd := newMatcher(strings.Split(strings.TrimSpace(wordList), "\n"))
	totals := map[class]*total{comment: {}, message: {}, document: {}}
	long := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return false, err
		}
		blocks, err := split(name, text)
		if err != nil {
			return false, err
		}
		for _, b := range blocks {
			words, found := odd.find(b.text)
			totals[b.class].words += words
			totals[b.class].odd += len(found)
			for _, phrase := range found {
				if verbose {
					fmt.Printf("%s:%d: %s: %q\n", name, b.line, b.class, phrase)
				}
			}
		}
		for _, line := range longLines(name, text) {
			long++
			if verbose {
				fmt.Printf("%s:%d: longer than %d columns\n", name, line, maxColumns)
			}
		}
	}
	ok := long == 0
	for _, c := range []class{comment, message, document} {
		t := totals[c]
		fmt.Printf("%-9s %7d words, %4d odd, %.2f per 1,000\n", c, t.words, t.odd, t.rate())
		ok = ok && t.rate() <= maxOddPerThousand
	}
	fmt.Printf("%d lines longer than %d columns\n", long, maxColumns)
	return ok, nil
}

// tracked returns the Go, Markdown and shell files below roots that git knows or could add.
func tracked(roots []string) ([]string, error) {
	list, err := exec.Command("git", append([]string{"ls-files", "-co", "--exclude-standard", "--"}, roots...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var files []string
	for _, name := range strings.Fields(string(list)) {
		if _, err := os.Stat(name); err != nil {
			continue // deleted in the working tree
		}
		switch filepath.Ext(name) {
		case ".go", ".md", ".sh":
			files = append(files, name)
		default:
			if name == ".ci/run" {
				files = append(files, name)
			}
		}
	}
	return files, nil
}
