package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pkg is a package under test, as `go list` describes it.
type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	Module          struct{ Path string }
}

func list(patterns []string) (all []*pkg, err error) {
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,GoFiles,Module"}, patterns...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		p := new(pkg)
		if err := d.Decode(p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// room is the package's path within its module.
func (p *pkg) room() string { return strings.TrimPrefix(p.ImportPath, p.Module.Path+"/") }

// mutants lists all mutants of a package in the order that the seed gives, and the files' texts.
func (p *pkg) mutants(seed uint64) (all []mutant, texts map[string][]byte, err error) {
	texts = map[string][]byte{}
	for _, name := range p.GoFiles {
		file := filepath.Join(p.Dir, name)
		if texts[file], err = os.ReadFile(file); err != nil {
			return nil, nil, err
		}
		more, err := mutantsOf(file, texts[file])
		if err != nil {
			return nil, nil, err
		}
		all = append(all, more...)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, texts, nil
}
