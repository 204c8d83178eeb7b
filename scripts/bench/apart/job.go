package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// writeDisjoint writes a job of classification tasks with a data set each, and returns its path.
func writeDisjoint(dir string, tasks int) (string, error) {
	r := rand.New(rand.NewPCG(1, 16))
	data, list := "", ""
	for t := range tasks {
		var b strings.Builder
		for range 400 {
			words, _ := sentence(r, 20+r.IntN(60))
			fmt.Fprintf(&b, "{\"tokens\": [%s], \"y\": \"%d\"}\n", words, r.IntN(2))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("d%d.jsonl", t)), []byte(b.String()), 0o644); err != nil {
			return "", err
		}
		data += fmt.Sprintf("  d%d: {format: jsonl, tokens: tokens, train: d%d.jsonl}\n", t, t)
		list += fmt.Sprintf("  - {name: t%d, kind: classification, data: d%d, field: y}\n", t, t)
	}
	return write(dir, data, list, 32)
}

// writeShared writes a job of intents and slots in the shape of SNIPS, and returns its path.
func writeShared(dir string) (string, error) {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range 2000 {
		words, tags := sentence(r, 3+r.IntN(13))
		fmt.Fprintf(&b, "{\"tokens\": [%s], \"tags\": [%s], \"y\": \"%d\"}\n", words, tags, r.IntN(7))
	}
	if err := os.WriteFile(filepath.Join(dir, "s.jsonl"), []byte(b.String()), 0o644); err != nil {
		return "", err
	}
	return write(dir, "  s: {format: jsonl, tokens: tokens, train: s.jsonl}\n",
		"  - {name: intent, kind: classification, data: s, field: y}\n"+
			"  - {name: slots, kind: tagging, data: s, field: tags}\n", 64)
}

func write(dir, data, tasks string, batch int) (string, error) {
	file := filepath.Join(dir, "job.yaml")
	return file, os.WriteFile(file, fmt.Appendf(nil, `name: apart
data:
%sencoder: {word: {dim: 100}, lstm: {hidden: 128}}
tasks:
%straining: {batch: %d, shards: 8, evaluate_every: 1000000}
cluster: {checkpoint_every: 1000000}
`, data, tasks, batch), 0o644)
}

// sentence returns random words and their tags as JSON.
func sentence(r *rand.Rand, n int) (words, tags string) {
	var w, t []string
	for range n {
		w = append(w, fmt.Sprintf("%q", fmt.Sprint("word", r.IntN(5000))))
		t = append(t, fmt.Sprintf("%q", []string{"O", "O", fmt.Sprint("B-", r.IntN(39))}[r.IntN(3)]))
	}
	return strings.Join(w, ","), strings.Join(t, ",")
}
