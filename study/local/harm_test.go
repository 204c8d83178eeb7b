package local_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
	"braid/study"
	"braid/study/local"
)

const harmJob = `name: harm
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: 8, dropout: 0.1, features: "off"}
  lstm: {hidden: 8, bidirectional: false, dropout: 0}
tasks:
  - {name: topic, kind: classification, data: made, field: topic}
  - {name: noise, kind: classification, data: made, field: noise, weight: 4}
training: {mode: joint, batch: 20, shards: 1, epochs: 12, optimizer: {lr: 0.01}, evaluate_every: 20}
`

// A second task of random labels with weight 4 hurts a task in an encoder of width 8, and the comparison calls the task
// hurt. The random labels themselves, which nothing can learn, are not called hurt or gaining.
func TestPlantedHarmIsFound(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	for i, n := range []int{300, 100, 300} {
		var b strings.Builder
		for range n {
			topic := random.IntN(6)
			var words []string
			for range 8 {
				word := random.IntN(120)
				if random.IntN(20) < 9 {
					word = 20*topic + random.IntN(20)
				}
				words = append(words, fmt.Sprintf(`"w%d"`, word))
			}
			fmt.Fprintf(&b, "{\"tokens\": [%s], \"topic\": \"t%d\", \"noise\": \"n%d\"}\n", strings.Join(words, ","), topic,
				random.IntN(8))
		}
		file := filepath.Join(dir, []string{"train", "dev", "test"}[i]+".jsonl")
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "job.yaml"), []byte(harmJob), 0o644); err != nil {
		t.Fatal(err)
	}
	j, err := job.Load(filepath.Join(dir, "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	share := study.Share{Steps: 180, Of: 180, Dev: true, Test: true}
	shares := []study.Share{share, share}
	c := &study.Comparison{Arms: []study.Arm{{Name: study.Together, Job: j}}, Seeds: 3, Baseline: study.Alone,
		Shares: [][]study.Share{shares, shares, shares}}
	runs, err := c.Runs()
	if err != nil {
		t.Fatal(err)
	}
	results, err := local.Train(t.Context(), local.Config{Dir: filepath.Join(dir, "study"), Parallel: 2}, runs)
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Evaluate(runs, results, nil)
	if err != nil {
		t.Fatal(err)
	}
	topic, noise := report.Table.Contrasts[0], report.Table.Contrasts[1]
	if topic.Verdict != study.Hurt || !report.Hurt() {
		t.Errorf("topic: %s, %.3f alone and %.3f together, p %.4f", topic.Verdict, topic.Baseline, topic.Score, topic.Holm)
	}
	if noise.Verdict != study.NoDifference {
		t.Errorf("noise: %s, %.3f alone and %.3f together, p %.4f", noise.Verdict, noise.Baseline, noise.Score, noise.Holm)
	}
	if len(report.Groups) != 2 || report.Groups[0].Arm != study.Alone || report.Groups[0].Tasks[0] != "topic" {
		t.Errorf("groups suggested from dev: %v", report.Groups)
	}
}
