package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"braid/data"
	"braid/internal/fixture"
	"braid/job"
)

// The same spans written as BIO, IOBES, BILOU and IOB1 train the same and score the same, with each decoder.
func TestSchemesScoreTheSame(t *testing.T) {
	for _, decoder := range []string{"linear", "crf"} {
		t.Run(decoder, func(t *testing.T) { schemesScoreTheSame(t, decoder) })
	}
}

func schemesScoreTheSame(t *testing.T, decoder string) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	for range 80 {
		tokens, bio := sentence(rng)
		fmt.Fprintf(&b, `{"tokens":[%s]`, quoted(tokens))
		for _, scheme := range []string{"bio", "iobes", "bilou", "iob1"} {
			fmt.Fprintf(&b, `,%q:[%s]`, scheme, quoted(fixture.Scheme(scheme, bio)))
		}
		b.WriteString("}\n")
	}
	for _, split := range []string{"train", "dev"} {
		if err := os.WriteFile(filepath.Join(dir, split+".jsonl"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(`
data: {s: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl}}
encoder: {word: {dim: 6, features: "off"}, lstm: {hidden: 5}}
tasks:
  - {name: bio, kind: tagging, data: s, field: bio}
  - {name: iobes, kind: tagging, data: s, field: iobes, scheme: iobes}
  - {name: bilou, kind: tagging, data: s, field: bilou, scheme: bilou}
  - {name: iob1, kind: tagging, data: s, field: iob1, scheme: iob1}
training: {batch: 8, shards: 2, epochs: 1}
`), []string{"tasks.bio.decoder=" + decoder, "tasks.iobes.decoder=" + decoder, "tasks.bilou.decoder=" + decoder,
		"tasks.iob1.decoder=" + decoder})
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(j, p)
	first := m.Params.Groups[groupHeads]
	for i := range first.Data {
		first.Data[i] = rng.Float32() - 0.5 // logits that differ, so that some answers are spans
	}
	for _, g := range m.Params.Groups[groupHeads+1:] {
		copy(g.Data, first.Data)
	}
	scores, err := m.engine(1).Scores(t.Context(), p.Sets, ExampleBlocks(p.Sets, "dev", 256), false)
	if err != nil {
		t.Fatal(err)
	}
	want, wantLoss, ok := scores[0].Of(0)
	if !ok || want["f1"] == 0 {
		t.Fatalf("BIO scores %v", want)
	}
	for task := range 4 {
		if got, loss, _ := scores[0].Of(task); !reflect.DeepEqual(got, want) || loss != wantLoss {
			t.Errorf("%s: %v loss %g, BIO %v loss %g", j.Tasks[task].Name, got, loss, want, wantLoss)
		}
	}
}

// sentence draws words and well-formed BIO tags, types with hyphens among them.
func sentence(rng *rand.Rand) (tokens, tags []string) {
	for range 1 + rng.IntN(6) {
		kind := []string{"O", "A", "B-x", "A"}[rng.IntN(4)]
		if kind == "O" {
			tags = append(tags, "O")
			continue
		}
		tags = append(tags, "B-"+kind)
		for range rng.IntN(3) {
			tags = append(tags, "I-"+kind)
		}
	}
	for range tags {
		tokens = append(tokens, fmt.Sprintf("w%d", rng.IntN(20)))
	}
	return tokens, tags
}

func quoted(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(q, ",")
}
