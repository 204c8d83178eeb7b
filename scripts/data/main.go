package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// converters is the table of data sets: each reads the original files from a finder and
// returns the files to write, by name.
var converters = map[string]func(original func(name string) (string, error)) (map[string]string, error){
	"trec":    trec,
	"reviews": reviews,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 || converters[args[0]] == nil {
		return fmt.Errorf("usage: go run ./scripts/data trec|reviews ORIGINAL OUT")
	}
	files, err := converters[args[0]](func(name string) (string, error) { return find(args[1], name) })
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[2], 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(args[2], name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// find reads the file of a name below dir.
func find(dir, name string) (text string, err error) {
	found := ""
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && e.Name() == name {
			found = path
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if found == "" {
		return "", fmt.Errorf("%s: holds no file %s", dir, name)
	}
	b, err := os.ReadFile(found)
	return string(b), err
}

// split puts every nth line, the nth first, into held and the others into kept.
func split(lines []string, n int) (kept, held []string) {
	for i, line := range lines {
		if i%n == n-1 {
			held = append(held, line)
		} else {
			kept = append(kept, line)
		}
	}
	return kept, held
}

// table joins a header and lines.
func table(header string, lines []string) string {
	return header + "\n" + strings.Join(lines, "\n") + "\n"
}

func linesOf(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// fromLatin1 turns ISO 8859-1 into UTF-8: every byte is the code point of its value.
func fromLatin1(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(rune(text[i]))
	}
	return b.String()
}
