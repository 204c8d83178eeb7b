package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"braid/internal/loopback"
	"braid/scripts/bench/internal/runner"
)

//go:embed train.py
var trainPy []byte

//go:embed tagger.py
var taggerPy []byte

// Torch is the contestant PyTorch with one choice of the settings that change its speed but not
// its result.
type Torch struct {
	python, script string
	setting        runner.Shape
	world          int // processes
	threads        int // per process, in PyTorch's own loops
	blas           int // threads per process in OpenBLAS
	embedding      string
	foreach        bool
	coreType       string // OPENBLAS_CORETYPE; empty: OpenBLAS chooses
	avx512         bool   // ATEN_CPU_CAPABILITY: AVX-512 in PyTorch's own loops, off by default
	lengths        string // fixed, pad, pack
	yielding       bool   // SCHED_BATCH, as Braid's cluster uses
	half           bool   // gradients are sent as float16
	unique         bool   // the tagger convolves each distinct word of a batch once
	plain          bool   // default settings of the memory allocator
}

func (t *Torch) Name() string {
	if t.plain {
		return "PyTorch, untuned"
	}
	if t.world > 1 {
		return fmt.Sprintf("PyTorch DDP, %d processes%s", t.world, suffix(t.half, ", fp16"))
	}
	return "PyTorch"
}

// suffix returns s if applies, else "".
func suffix(applies bool, s string) string {
	if applies {
		return s
	}
	return ""
}

func (t *Torch) Variant() string {
	v := fmt.Sprintf("threads %d ATen, %d BLAS; %s embedding", t.threads, t.blas, t.embedding)
	if t.foreach {
		v += ", foreach"
	}
	if t.coreType != "" {
		v += ", OpenBLAS " + t.coreType
	}
	if t.avx512 {
		v += ", ATen AVX-512"
	}
	if t.yielding {
		v += ", SCHED_BATCH"
	}
	if t.lengths != "fixed" {
		v += ", " + t.lengths
	}
	if t.unique {
		v += ", distinct words"
	}
	return v
}

func (t *Torch) Race(ctx context.Context, seconds float64) (float64, error) {
	s := t.setting
	args := []string{t.script,
		"--dim", strconv.Itoa(s.Dim), "--hidden", strconv.Itoa(s.Hidden), "--batch", strconv.Itoa(s.Batch),
		"--length", strconv.Itoa(s.Length), "--vocab", strconv.Itoa(s.Vocab), "--lengths", t.lengths,
		"--threads", strconv.Itoa(t.threads), "--world", strconv.Itoa(t.world), "--embedding", t.embedding,
		"--seconds", fmt.Sprint(seconds)}
	if s.Lengths != "" {
		args = append(args, "--file", s.Lengths)
	}
	if s.Tagger != "" {
		args = append(args, "--tagger", s.Tagger)
	}
	if t.unique {
		args = append(args, "--unique")
	}
	if t.foreach {
		args = append(args, "--foreach")
	}
	if t.half {
		args = append(args, "--half")
	}
	if t.yielding {
		args = append(args, "--yielding")
	}
	if t.world > 1 {
		address, err := loopback.FreeAddress()
		if err != nil {
			return 0, err
		}
		args = append(args, "--port", strings.TrimPrefix(address, "127.0.0.1:"))
	}
	cmd := exec.CommandContext(ctx, t.python, args...)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS="+strconv.Itoa(t.threads),
		"OPENBLAS_NUM_THREADS="+strconv.Itoa(t.blas), "PYTHONDONTWRITEBYTECODE=1")
	if t.threads > 1 && t.blas > 1 {
		cmd.Env = append(cmd.Env, "OMP_WAIT_POLICY=passive") // otherwise both pools spin on the same cores
	}
	if !t.plain {
		// By default glibc returns large blocks at once and faults them in again at every step.
		cmd.Env = append(cmd.Env, "MALLOC_MMAP_THRESHOLD_=1000000000", "MALLOC_TRIM_THRESHOLD_=2000000000",
			"MALLOC_TOP_PAD_=100000000")
	}
	if t.avx512 {
		cmd.Env = append(cmd.Env, "ATEN_CPU_CAPABILITY=avx512")
	}
	if t.coreType != "" {
		cmd.Env = append(cmd.Env, "OPENBLAS_CORETYPE="+t.coreType)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, lastLine(stderr.String()))
	}
	var r struct {
		TokensPerSecond float64 `json:"tokens_per_second"`
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return 0, fmt.Errorf("train.py printed %q: %w", out, err)
	}
	return r.TokensPerSecond, nil
}

// bestTorch runs a short trial of each choice and returns the fastest variant.
func bestTorch(ctx context.Context, work, python string, s runner.Shape, world int, half bool) (*Torch, error) {
	script := filepath.Join(work, "train.py")
	if err := os.WriteFile(script, trainPy, 0o644); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(work, "tagger.py"), taggerPy, 0o644); err != nil {
		return nil, err
	}
	cores := max(1, runtime.NumCPU()/world)
	pools := [][2]int{{1, 1}, {1, cores}, {cores, 1}, {cores, cores}}
	if cores == 1 {
		pools = pools[:1]
	}
	lengths := []string{"fixed"}
	if s.Lengths != "" || s.Tagger != "" {
		lengths = []string{"pad", "pack"}
	}
	types := []string{""}
	if flags, _ := os.ReadFile("/proc/cpuinfo"); bytes.Contains(flags, []byte(" avx512f ")) {
		types = append(types, "SKYLAKEX")
		if bytes.Contains(flags, []byte(" avx512_bf16")) {
			types = append(types, "COOPERLAKE")
		}
	}
	// One choice at a time, keeping the fastest: the choices are almost independent of each other.
	best := &Torch{python: python, script: script, setting: s, world: world, threads: 1, blas: 1,
		embedding: "sparse", foreach: true, lengths: lengths[0], half: half}
	if half {
		best.embedding = "dense" // the fp16 hook does not support sparse gradients
	}
	fastest, err := best.trial(ctx)
	if err != nil {
		return nil, fmt.Errorf("PyTorch does not run (apt-get install python3-torch libopenblas0-pthread?): %w", err)
	}
	choose := func(change func(*Torch)) {
		try := *best
		change(&try)
		if speed, err := try.trial(ctx); err == nil && speed > fastest {
			best, fastest = &try, speed
		}
	}
	for _, c := range types[1:] {
		choose(func(t *Torch) { t.coreType = c })
	}
	if len(types) > 1 {
		choose(func(t *Torch) { t.avx512 = true })
	}
	for _, l := range lengths[1:] {
		choose(func(t *Torch) { t.lengths = l })
	}
	if !half {
		choose(func(t *Torch) { t.embedding = "dense" })
	}
	if s.Tagger != "" {
		choose(func(t *Torch) { t.unique = true })
	}
	choose(func(t *Torch) { t.foreach = false })
	for _, n := range pools[1:] {
		choose(func(t *Torch) { t.threads, t.blas = n[0], n[1] })
	}
	if world > 1 {
		choose(func(t *Torch) { t.yielding = true })
	}
	return best, nil
}

// trial runs a short race of one variant and prints its speed to standard error.
func (t *Torch) trial(ctx context.Context) (float64, error) {
	speed, err := t.Race(ctx, 2)
	if err == nil {
		fmt.Fprintf(os.Stderr, "  trial %8.0f tok/s  %s: %s\n", speed, t.Name(), t.Variant())
	}
	return speed, err
}

// plainTorch is PyTorch as its documentation shows it: dense embedding, Adam's defaults, nothing tuned.
func plainTorch(work, python string, s runner.Shape) *Torch {
	return &Torch{python: python, script: filepath.Join(work, "train.py"), setting: s, world: 1, threads: 1, blas: 1,
		embedding: "dense", lengths: "fixed", plain: true}
}

// lastLine returns the last line of s: the exception in the output of Python.
func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
