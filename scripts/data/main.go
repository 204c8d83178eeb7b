package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// converters maps the name of a data set to its converter. A converter reads the original
// files by calling original and returns the contents of the files to write, by name.
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

// find returns the content of the file with the given name below dir.
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
		return "", fmt.Errorf("%s: contains no file %s", dir, name)
	}
	b, err := os.ReadFile(found)
	return string(b), err
}

// split puts lines n, 2n, 3n ... (counted from 1) into held and the others into kept.
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

// table returns a header and lines as text.
func table(header string, lines []string) string {
	return header + "\n" + strings.Join(lines, "\n") + "\n"
}

func linesOf(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// fromLatin1 converts ISO 8859-1 to UTF-8: the value of each byte is its code point.
func fromLatin1(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(rune(text[i]))
	}
	return b.String()
}
