package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"braid/transport"
	"braid/worker"
)

// manyReport is the result of a run with many workers.
type manyReport struct {
	Workers  int               `json:"workers"`
	Shards   int               `json:"shards"`
	Equal    bool              `json:"equal"`
	Dropped  uint64            `json:"messages_dropped"`
	Peak     int64             `json:"coordinator_peak_bytes"` // peak resident memory of the process
	Seconds  float64           `json:"seconds"`
	Counters map[string]uint64 `json:"counters"`
}

// playMany trains with many workers and a coordinator. The workers are goroutines of this
// process with a connection each; the coordinator is a separate process, so that its memory
// can be measured.
func playMany(o options, b built) error {
	s := smallJob(30)
	s.shards, s.batch, s.minWorkers = o.workers, 2*o.workers, o.workers
	s.width = 96 // a gradient of half a megabyte, so that gradients dominate the coordinator's memory
	job, err := writeJob(b.dir, s)
	if err != nil {
		return err
	}
	truth, err := reference(b, job)
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "many")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	c, err := startCluster(setup{bin: b.bin, dir: dir, job: job, direct: true, alone: true})
	if err != nil {
		return err
	}
	defer c.close()
	watch := newWatcher(c, 20*time.Millisecond)
	defer watch.close()
	ctx, cancel := context.WithTimeout(context.Background(), o.limit)
	defer cancel()
	ended := make(chan error, o.workers)
	for i := range o.workers {
		go func() {
			nats := transport.Config{URL: c.url()}
			ended <- worker.Run(ctx, worker.Config{Nats: nats, Name: fmt.Sprintf("w%d", i), Threads: 1})
		}()
	}
	r := manyReport{Workers: o.workers, Shards: s.shards}
	lead := c.coordinators[0]
	for began := time.Now(); lead.running() && ctx.Err() == nil; r.Seconds = time.Since(began).Seconds() {
		r.Peak = max(r.Peak, peakOf(lead.cmd.Process.Pid))
		time.Sleep(5 * time.Millisecond)
	}
	if !lead.succeeded() {
		return fmt.Errorf("the coordinator did not finish in %s: %s", o.limit, lead.log)
	}
	for range o.workers {
		if err := <-ended; err != nil {
			return fmt.Errorf("a worker: %w", err)
		}
	}
	if _, err := truth.compare(c.out(0), map[uint64]bool{}); err != nil {
		return err
	}
	r.Equal, r.Counters = true, watch.counters()
	r.Dropped = r.Counters["messages_dropped"]
	fmt.Printf("%d workers, %d shards: equal model and steps, %d messages dropped, "+
		"coordinator's peak memory %.0f MiB, %.1f s\n",
		r.Workers, r.Shards, r.Dropped, float64(r.Peak)/(1<<20), r.Seconds)
	if r.Dropped > 0 {
		return fmt.Errorf("%d messages dropped", r.Dropped)
	}
	return writeJSON(o.json, r)
}

// peakOf returns the peak resident memory of a process in bytes, 0 if unknown.
func peakOf(pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if fields := strings.Fields(s.Text()); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilo, _ := strconv.ParseInt(fields[1], 10, 64)
			return kilo << 10
		}
	}
	return 0
}
