package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// oracle is the result of a run without faults.
type oracle struct {
	hash   string
	tokens uint64
	lines  map[uint64]line // by step
}

// line is a step's line of metrics.jsonl without times.
type line struct {
	Kind     string             `json:"kind"`
	Step     uint64             `json:"step"`
	Tasks    []string           `json:"tasks"`
	Loss     map[string]float64 `json:"loss"`
	Norm     float64            `json:"norm"`
	Tokens   int                `json:"tokens"`
	Checksum string             `json:"checksum"` // of the gradient
}

func (l line) equal(o line) bool {
	return slices.Equal(l.Tasks, o.Tasks) && maps.Equal(l.Loss, o.Loss) && l.Norm == o.Norm &&
		l.Tokens == o.Tokens && l.Checksum == o.Checksum
}

// reference trains the job in one process, without faults.
func reference(b built, job string) (oracle, error) {
	out := filepath.Join(filepath.Dir(job), "reference")
	cmd := exec.Command(filepath.Join(b.bin, "braid"), "train", job, "--out", out)
	if output, err := cmd.CombinedOutput(); err != nil {
		return oracle{}, fmt.Errorf("braid train: %w\n%s", err, output)
	}
	s, err := summaryOf(out)
	if err != nil {
		return oracle{}, err
	}
	o := oracle{hash: s.Model, tokens: s.Tokens, lines: map[uint64]line{}}
	lines, err := linesOf(out)
	var sum uint64
	for _, l := range lines {
		o.lines[l.Step] = l
		sum += uint64(l.Tokens)
	}
	if err == nil && sum != o.tokens {
		err = fmt.Errorf("the reference's steps have %d tokens, its summary %d", sum, o.tokens)
	}
	return o, err
}

type summary struct {
	Model  string `json:"model_sha256"`
	Tokens uint64 `json:"tokens"`
}

func summaryOf(out string) (s summary, err error) {
	b, err := os.ReadFile(filepath.Join(out, "summary.json"))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, err
	}
	if s.Model == "" {
		return s, fmt.Errorf("%s: no model_sha256", out)
	}
	return s, nil
}

// linesOf returns the steps of metrics.jsonl, without an incomplete last line.
func linesOf(out string) ([]line, error) {
	b, err := os.ReadFile(filepath.Join(out, "metrics.jsonl"))
	if err != nil {
		return nil, err
	}
	var lines []line
	rows := bytes.SplitAfter(b, []byte("\n"))
	for i, row := range rows[:len(rows)-1] {
		var l line
		if err := json.Unmarshal(row, &l); err != nil {
			return nil, fmt.Errorf("metrics.jsonl:%d: %w", i+1, err)
		}
		if l.Kind == "step" {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// compare compares a run directory with the oracle: the model must be equal, and each step must
// occur once with equal values. It adds the steps to seen. It returns 0 tokens if the run did
// not finish in this directory.
func (o oracle) compare(out string, seen map[uint64]bool) (tokens uint64, err error) {
	s, err := summaryOf(out)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	if s.Model != o.hash {
		return 0, fmt.Errorf("model_sha256 %s", s.Model)
	}
	if s.Tokens != o.tokens {
		return 0, fmt.Errorf("%d tokens, the oracle %d", s.Tokens, o.tokens)
	}
	lines, err := linesOf(out)
	if err != nil {
		return 0, err
	}
	for i, l := range lines {
		switch want, ok := o.lines[l.Step]; {
		case i > 0 && l.Step != lines[i-1].Step+1:
			return 0, fmt.Errorf("metrics.jsonl: step %d after step %d", l.Step, lines[i-1].Step)
		case !ok:
			return 0, fmt.Errorf("metrics.jsonl: step %d, the oracle has %d steps", l.Step, len(o.lines))
		case !l.equal(want):
			return 0, fmt.Errorf("metrics.jsonl: step %d is %+v, the oracle's %+v", l.Step, l, want)
		}
		seen[l.Step] = true
	}
	return s.Tokens, nil
}

// missing returns the first step that is not in seen, 0 if none is missing.
func (o oracle) missing(seen map[uint64]bool) uint64 {
	for s := uint64(1); s <= uint64(len(o.lines)); s++ {
		if !seen[s] {
			return s
		}
	}
	return 0
}
