package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"braid/internal/loopback"
)

// clusterSpare is the factor by which a cluster's job has more steps than are timed. The job is stopped when the
// timed steps are done and must not end before.
const clusterSpare = 100

// threads returns the number of threads of each worker of a cluster.
func (c benchCommand) threads() int { return max(c.Workers/max(c.Cluster, 1), 1) }

// timeCluster starts a coordinator and workers. It reads the coordinator's metrics after warm steps and after the
// given number of further steps.
func (c benchCommand) timeCluster(ctx context.Context, warm, steps uint64) (t benchTimes, err error) {
	dir, err := os.MkdirTemp("", "braid-bench")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(dir)
	server, err := loopback.FreeAddress()
	if err != nil {
		return t, err
	}
	figures, err := loopback.FreeAddress()
	if err != nil {
		return t, err
	}
	args := []string{"--job", c.Job, "--out", filepath.Join(dir, "run"), "--listen", server, "--metrics", figures,
		"--log", "error",
		"--set", fmt.Sprintf("cluster.min_workers=%d", c.Cluster)}
	for _, s := range c.Set {
		args = append(args, "--set", s)
	}
	ctx, stop := context.WithCancelCause(ctx)
	programs := []func() error{program(ctx, "coordinator", args...)}
	for range c.Cluster {
		programs = append(programs, program(ctx, "worker", "--nats", "nats://"+server, "--threads",
			strconv.Itoa(c.threads()), "--cache", "none", "--log", "error"))
	}
	ended := make(chan struct{}, len(programs))
	for _, run := range programs {
		go func() { stop(run()); ended <- struct{}{} }()
	}
	defer func() {
		stop(nil)
		for range programs {
			<-ended
		}
	}()
	before, err := reading(ctx, figures, float64(warm))
	if err != nil {
		return t, err
	}
	after, err := reading(ctx, figures, before["steps"]+float64(steps))
	if err != nil {
		return t, err
	}
	return clusterTimes(before, after), nil
}

// clusterTimes returns the times between two readings of the metrics.
func clusterTimes(before, after map[string]float64) (t benchTimes) {
	span := func(name string) time.Duration {
		return time.Duration((after[name+"_seconds"] - before[name+"_seconds"]) * float64(time.Second))
	}
	t.first, t.last = uint64(before["steps"]), uint64(after["steps"])
	t.all, t.reduce, t.wire, t.optimise = span("step"), span("reduce"), span("wire"), span("optimise")
	fleet := span("fleet")
	// The coordinator may add one worker's gradient while another worker computes.
	t.compute = max(min(span("compute"), fleet-t.reduce-t.wire), 0)
	t.wait = fleet - t.reduce - t.wire - t.compute
	t.rest = t.all - fleet - t.optimise
	t.parameterBytes = after["parameter_bytes"] - before["parameter_bytes"]
	t.gradientBytes = after["received_bytes"] - before["received_bytes"]
	return t
}

// reading reads the coordinator's metrics until they count the given number of steps.
func reading(ctx context.Context, address string, steps float64) (map[string]float64, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(readingPause):
		}
		if f, err := readFigures(ctx, address); err == nil && f["steps"] >= steps {
			return f, nil
		}
	}
}

// readingPause is the time between two readings. Each costs 1 ms of the processor that is measured.
const readingPause = 100 * time.Millisecond

// uncompressed requests metrics without compression, which would cost more than the rest of a reading.
var uncompressed = &http.Client{Transport: &http.Transport{DisableCompression: true}}

// readFigures reads the coordinator's metrics: braid_steps_total 7 becomes steps: 7.
func readFigures(ctx context.Context, address string) (map[string]float64, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	answer, err := uncompressed.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	figures := map[string]float64{}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if short, ok := strings.CutPrefix(name, "braid_"); ok {
			if v, err := strconv.ParseFloat(value, 64); err == nil {
				figures[strings.TrimSuffix(short, "_total")] = v
			}
		}
	}
	return figures, nil
}

// program starts one of Braid's programs from the directory of this one or from the PATH, and returns a function
// that waits for its end. Cancelling ctx kills the program.
func program(ctx context.Context, name string, args ...string) (wait func() error) {
	failed := func(err error) func() error { return func() error { return err } }
	path := ""
	if own, err := os.Executable(); err == nil {
		path, _ = exec.LookPath(filepath.Join(filepath.Dir(own), name))
	}
	if path == "" {
		var err error
		if path, err = exec.LookPath(name); err != nil {
			return failed(fmt.Errorf("--cluster needs the program %s in braid's directory or in the PATH: %w: go build -o "+
				"DIR ./cmd/... builds all three", name, err))
		}
	}
	cmd := exec.CommandContext(ctx, path, args...)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	if err := cmd.Start(); err != nil {
		return failed(fmt.Errorf("%s: %w", name, err))
	}
	return func() error {
		err := cmd.Wait()
		lines := strings.Split(strings.TrimSpace(messages.String()), "\n")
		switch last := lines[len(lines)-1]; {
		case err == nil:
			return fmt.Errorf("%s ended before the steps were timed: lower --steps", name)
		case last != "":
			return fmt.Errorf("%s: %s", name, last)
		}
		return fmt.Errorf("%s: %w", name, err)
	}
}
