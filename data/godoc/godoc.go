package godoc

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"braid/data"
	"braid/job"
)

func init() {
	data.Register("godoc", func(_ *job.Job, d job.DataSet) (data.RawSet, error) { return read(d.Name) })
}

// read makes the data set from the Go installation on this machine. The same version of Go
// gives the same examples everywhere: read parses files for all operating systems.
func read(name string) (data.RawSet, error) {
	set := data.RawSet{Name: name}
	src, err := goSource()
	if err != nil {
		return set, err
	}
	packages, err := parseGo(src)
	if err != nil {
		return set, err
	}
	sentences(packages)
	once := map[string]bool{}
	groups := map[string][]*goPackage{}
	for _, p := range packages {
		topic := topicOf(p.path)
		if topic == "" {
			continue
		}
		kept := p.examples[:0]
		for _, e := range p.examples {
			key := strings.Join(e.Tokens, " ")
			if once[key] {
				continue
			}
			once[key] = true
			e.Fields["topic"] = data.Field{Kind: data.TextField, Text: topic}
			kept = append(kept, e)
		}
		if p.examples = kept; len(kept) > 0 {
			groups[topic] = append(groups[topic], p)
		}
	}
	splits := map[*goPackage]*[]data.Example{}
	for _, g := range groups {
		for i, s := range splitPackages(g) {
			splits[g[i]] = [...]*[]data.Example{&set.Train, &set.Dev, &set.Test}[s]
		}
	}
	for _, p := range packages {
		if to := splits[p]; to != nil {
			*to = append(*to, p.examples...)
		}
	}
	if len(set.Train) == 0 || len(set.Dev) == 0 || len(set.Test) == 0 {
		return set, &data.Error{File: src, Msg: "no documentation in it",
			Mend: "install Go whole, with its source, or set GOROOT to such an installation"}
	}
	return set, nil
}

// Write writes the data set as train.jsonl, dev.jsonl and test.jsonl with the fields
// tokens, topic and entities.
func Write(dir string) error {
	set, err := read("godoc")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &data.Error{File: dir, Msg: "cannot make the directory (" + reason(err) + ")", Mend: "name another"}
	}
	for _, split := range job.Splits {
		if err := writeSplit(filepath.Join(dir, string(split)+".jsonl"), set.Split(split)); err != nil {
			return err
		}
	}
	return nil
}

func writeSplit(path string, examples []data.Example) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("%s: cannot write it: %w", path, err)
	}
	defer f.Cleanup()
	w := bufio.NewWriter(f)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, e := range examples {
		line := struct {
			Tokens   []string `json:"tokens"`
			Topic    string   `json:"topic"`
			Entities []string `json:"entities"`
		}{e.Tokens, e.Fields["topic"].Text, e.Fields["entities"].List}
		if err := out.Encode(line); err != nil {
			return fmt.Errorf("%s: cannot write it: %w", path, err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("%s: cannot write it: %w", path, err)
	}
	return f.CloseAtomicallyReplace()
}

// reason returns the text of an error without the path.
func reason(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// goSource returns the directory of the standard library's source: that of the go command, or
// else that of GOROOT.
func goSource() (string, error) {
	var tried []string
	if out, err := exec.Command("go", "env", "GOROOT").Output(); err == nil {
		tried = append(tried, strings.TrimSpace(string(out)))
	}
	tried = append(tried, os.Getenv("GOROOT"))
	for _, root := range tried {
		src := filepath.Join(root, "src")
		if _, err := os.Stat(filepath.Join(src, "fmt", "print.go")); root != "" && err == nil {
			return src, nil
		}
	}
	return "", &data.Error{File: "godoc", Msg: "no Go installation found",
		Mend: "install Go, or put the go command on the PATH, or write the data elsewhere with `braid data godoc DIR` " +
			"and read it as jsonl"}
}
