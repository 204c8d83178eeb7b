package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Programs are Braid's binaries.
type Programs struct{ braid, coordinator, worker string }

// build compiles the programs into dir.
func build(ctx context.Context, dir string) (Programs, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "./cmd/...")
	cmd.Stderr = os.Stderr
	return Programs{filepath.Join(dir, "braid"), filepath.Join(dir, "coordinator"), filepath.Join(dir, "worker")}, cmd.Run()
}

// Braid is our side: one process, or a coordinator and workers over NATS on loopback.
type Braid struct {
	programs Programs
	job      string
	setting  Setting
	workers  int     // 0: in one process
	speed    float64 // of the last race; how many steps the next one takes
}

func (b *Braid) Name() string {
	if b.workers > 0 {
		return fmt.Sprintf("Braid, %d workers, NATS", b.workers)
	}
	return "Braid, local"
}

func (b *Braid) Variant() string {
	if b.workers > 0 {
		return fmt.Sprintf("%d thread(s) a worker", max(1, runtime.NumCPU()/b.workers))
	}
	return fmt.Sprintf("%d threads", runtime.NumCPU())
}

func (b *Braid) Race(ctx context.Context, seconds float64) (float64, error) {
	out, err := os.MkdirTemp(filepath.Dir(b.job), "run-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(out)
	run := filepath.Join(out, "run")
	steps := 60
	if b.speed > 0 {
		length := b.setting.Length
		if length == 0 {
			length = 9 // SNIPS's mean
		}
		steps = max(60, int(seconds*b.speed/float64(b.setting.Batch*length)))
	}
	args := []string{"--set", "training.steps=" + strconv.Itoa(steps)}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if b.workers == 0 {
		_, err = output(exec.CommandContext(ctx, b.programs.braid, append([]string{"train", b.job, "--out", run, "--workers", strconv.Itoa(runtime.NumCPU())}, args...)...))
	} else {
		err = b.cluster(ctx, run, args)
	}
	if err != nil {
		return 0, err
	}
	summary, err := os.ReadFile(filepath.Join(run, "summary.json"))
	if err != nil {
		return 0, err
	}
	var s struct {
		TokensPerSecond float64 `json:"tokens_per_second"`
	}
	if err := json.Unmarshal(summary, &s); err != nil {
		return 0, err
	}
	b.speed = s.TokensPerSecond
	return b.speed, nil
}

// cluster runs a coordinator with its own NATS server, and workers that share the cores.
func (b *Braid) cluster(ctx context.Context, run string, args []string) error {
	ctx, cancel := context.WithCancel(ctx)
	port, err := freePort()
	if err != nil {
		cancel()
		return err
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	threads := strconv.Itoa(max(1, runtime.NumCPU()/b.workers))
	coordinator := exec.CommandContext(ctx, b.programs.coordinator, append([]string{"--job", b.job, "--out", run, "--listen", address, "--set", "cluster.min_workers=" + strconv.Itoa(b.workers)}, args...)...)
	done := make(chan error, 1+b.workers)
	go func() { _, err := output(coordinator); done <- err }()
	time.Sleep(300 * time.Millisecond) // the server's start; workers that come too early try again
	for i := range b.workers {
		w := exec.CommandContext(ctx, b.programs.worker, "--nats", "nats://"+address, "--threads", threads)
		w.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(filepath.Dir(run), "cache"+strconv.Itoa(i)))
		go func() { _, err := output(w); done <- err }()
	}
	var first error
	for range 1 + b.workers {
		if err := <-done; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	cancel()
	return first
}

// output runs a program; its last line of standard error explains a failure.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, lastLine(stderr.String()))
	}
	return out, nil
}

// writeJob makes a data set of random words in the setting's shape and the job that trains on it.
func writeJob(work string, s Setting, shards int) (string, error) {
	dir, err := os.MkdirTemp(work, "job-")
	if err != nil {
		return "", err
	}
	var lengths []int
	if s.Lengths != "" {
		text, err := os.ReadFile(s.Lengths)
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(string(text)) {
			if n := len(strings.Fields(line)); n > 0 {
				lengths = append(lengths, n)
			}
		}
	} else {
		for range max(100*s.Batch, 4*s.Vocab/s.Length) {
			lengths = append(lengths, s.Length)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, split := range []string{"train", "dev", "test"} {
		n := s.Batch
		if split == "train" {
			n = len(lengths)
		}
		if err := writeExamples(filepath.Join(dir, split+".jsonl"), lengths[:n], s.Vocab, r); err != nil {
			return "", err
		}
	}
	job := filepath.Join(dir, "job.yaml")
	text := fmt.Sprintf(`name: peer
seed: 1
data:
  words: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: %d, min_count: 1, dropout: 0, unknown: 0}
  lstm: {hidden: %d, layers: 1, bidirectional: false, dropout: 0}
tasks:
  - {name: class, kind: classification, data: words, field: label, pooling: mean, weight: 1}
  - {name: tags, kind: tagging, data: words, field: tags, scheme: plain, weight: 1}
training:
  mode: sampled
  sampling: {kind: round_robin}
  batch: %d
  shards: %d
  steps: 100
  optimizer: {kind: adam, lr: 0.001}
  schedule: {kind: constant}
  clip: 0
  evaluate_every: 1000000
cluster: {min_workers: 1, checkpoint_every: 1000000}
`, s.Dim, s.Hidden, s.Batch, shards)
	return job, os.WriteFile(job, []byte(text), 0o644)
}

// writeExamples writes one example a length, each of random words, a random label and random tags.
func writeExamples(path string, lengths []int, vocab int, r *rand.Rand) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	encoder := json.NewEncoder(w)
	for _, n := range lengths {
		tokens, tags := make([]string, n), make([]string, n)
		for i := range n {
			tokens[i] = word(r.IntN(vocab))
			tags[i] = string(rune('a' + r.IntN(9)))
		}
		if err := encoder.Encode(map[string]any{"tokens": tokens, "label": string(rune('a' + r.IntN(7))), "tags": tags}); err != nil {
			return err
		}
	}
	return w.Flush()
}

// word spells a number in letters: digits would be normalised away.
func word(n int) string {
	b := make([]byte, 0, 4)
	for range 4 {
		b = append(b, byte('a'+n%26))
		n /= 26
	}
	return string(b)
}

// machine names the processor.
func machine() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return fmt.Sprintf("%s, %d cores, %s", strings.TrimSpace(strings.TrimLeft(name, "\t :")), runtime.NumCPU(), runtime.Version())
		}
	}
	return fmt.Sprintf("%s, %d cores, %s", runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
