package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockVariable is the environment variable with the file of a process's clock offset. The
// programs themselves have no hook for a wrong clock: chaos builds them with a modified time
// package, in which time.Now adds the offset to the wall clock but not to the monotonic clock.
const clockVariable = "CHAOS_CLOCK"

// The text that overlay replaces in time.go, and its replacement. The text may differ in
// another release of Go; in that case chaos prints a message and injects no clock steps.
const (
	nowBefore = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	nowAfter  = nowBefore + "\tsec, nsec = chaosStep(sec, nsec)\n"
)

// chaosClock is a file added to package time. It cannot import os, which imports time.
const chaosClock = `package time

import (
	"sync/atomic"
	"syscall"
)

var chaosOffset atomic.Int64 // nanoseconds

func chaosStep(sec int64, nsec int32) (int64, int32) {
	off := chaosOffset.Load()
	if off == 0 {
		return sec, nsec
	}
	n := int64(nsec) + off%1e9
	sec += off / 1e9
	if n < 0 {
		n, sec = n+1e9, sec-1
	} else if n >= 1e9 {
		n, sec = n-1e9, sec+1
	}
	return sec, int32(n)
}

func init() {
	path, ok := syscall.Getenv("CHAOS_CLOCK")
	if !ok {
		return
	}
	chaosRead(path)
	go func() {
		for {
			Sleep(50 * Millisecond)
			chaosRead(path)
		}
	}()
}

func chaosRead(path string) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer syscall.Close(fd)
	var b [32]byte
	n, err := syscall.Read(fd, b[:])
	if err != nil || n < 2 || b[n-1] != '\n' {
		return // the file is being written
	}
	var v int64
	negative := false
	for i, c := range b[:n-1] {
		switch {
		case i == 0 && c == '-':
			negative = true
		case c >= '0' && c <= '9':
			v = v*10 + int64(c-'0')
		default:
			return
		}
	}
	if negative {
		v = -v
	}
	chaosOffset.Store(v)
}
`

// overlay writes the files for go build -overlay that make the programs' clocks adjustable.
func overlay(dir string) (file string, err error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		return "", err
	}
	if strings.Count(string(text), nowBefore) != 1 {
		return "", fmt.Errorf("time.Now in %s does not begin as expected", source)
	}
	stepped, added := filepath.Join(dir, "time.go"), filepath.Join(dir, "chaos.go")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(source, "time.go"):        stepped,
		filepath.Join(source, "chaos_clock.go"): added,
	}})
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	for name, b := range map[string]string{
		stepped: strings.Replace(string(text), nowBefore, nowAfter, 1),
		added:   chaosClock,
		file:    string(replace),
	} {
		if err := os.WriteFile(name, []byte(b), 0o644); err != nil {
			return "", err
		}
	}
	return file, nil
}

// checkClocks trains a few steps with a stepped clock and verifies the times in the journal.
// Otherwise a step without effect would pass for a fault that the run survives.
func checkClocks(b built) error {
	dir := filepath.Join(b.dir, "clock")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	job, err := writeJob(dir, smallJob(4))
	if err != nil {
		return err
	}
	const off = 30 * time.Minute
	clock, out := filepath.Join(dir, "clock"), filepath.Join(dir, "out")
	if !(&process{clock: clock}).step(off) {
		return fmt.Errorf("%s cannot be written", clock)
	}
	began := time.Now()
	cmd := exec.Command(filepath.Join(b.bin, "braid"), "train", job, "--out", out)
	cmd.Env = append(os.Environ(), clockVariable+"="+clock)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("braid train: %w\n%s", err, output)
	}
	text, err := os.ReadFile(filepath.Join(out, "journal.jsonl"))
	if err != nil {
		return err
	}
	var first struct{ Time time.Time }
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&first); err != nil {
		return err
	}
	if ahead := first.Time.Sub(began); ahead < off || ahead > off+time.Minute {
		return fmt.Errorf("the clock was set %s ahead, but times in %s are %s ahead", off, out, ahead)
	}
	return nil
}

// step sets the offset of a process's wall clock from the true time. The change takes effect
// within 50 ms.
func (p *process) step(off time.Duration) bool {
	if p.clock == "" {
		return false
	}
	return os.WriteFile(p.clock, append(strconv.AppendInt(nil, int64(off), 10), '\n'), 0o644) == nil
}

// stepped is a fault that sets a process's wall clock up to an hour ahead or back, and corrects
// it at the end of the fault.
func stepped(kind string, choose chooser) func(*rand.Rand) fault {
	return func(rng *rand.Rand) fault {
		draw := rng.IntN(1 << 20)
		off := time.Duration(rng.Int64N(int64(2*time.Hour))) - time.Hour
		length := between(rng, 200*time.Millisecond, 4*time.Second)
		return fault{kind: kind, length: length, inject: func(c *cluster) (string, func()) {
			p := choose(c, draw)
			if !p.step(off) {
				return "", nil
			}
			return fmt.Sprintf("%s %+.0fs", p.name, off.Seconds()), func() { p.step(0) }
		}}
	}
}
