package main

import (
	"bufio"
	"cmp"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// watcher polls the coordinators' metrics and records the times of steps.
type watcher struct {
	began time.Time
	stop  chan struct{}
	done  sync.WaitGroup

	mu     sync.Mutex
	moves  []float64          // seconds since began at which a step was finished
	mover  int                // the coordinator that finished the last step
	size   int                // workers available to that coordinator
	totals map[string]float64 // last value by coordinator and counter
	sums   map[string]uint64  // counters summed over all terms
}

// newWatcher polls at the given interval, which is the resolution of recovery times.
func newWatcher(c *cluster, every time.Duration) *watcher {
	w := &watcher{began: time.Now(), stop: make(chan struct{}),
		totals: map[string]float64{}, sums: map[string]uint64{}}
	for i, address := range c.metrics {
		w.done.Go(func() {
			client := &http.Client{Timeout: time.Second}
			for {
				select {
				case <-w.stop:
					return
				case <-time.After(every):
				}
				if r, err := client.Get("http://" + address + "/metrics"); err == nil {
					w.read(i, r.Body)
					r.Body.Close()
				}
			}
		})
	}
	return w
}

// read records one scrape of coordinator i. A counter that decreased belongs to a new process or term.
func (w *watcher) read(i int, body io.Reader) {
	w.mu.Lock()
	defer w.mu.Unlock()
	who, workers := strconv.Itoa(i), 0
	for s := bufio.NewScanner(body); s.Scan(); {
		name, text, ok := strings.Cut(s.Text(), " ")
		value, err := strconv.ParseFloat(text, 64)
		if !ok || err != nil || !strings.HasPrefix(name, "braid_") {
			continue
		}
		if name == "braid_workers" {
			workers = int(value)
		}
		if !strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_seconds_total") {
			continue
		}
		before := w.totals[who+name]
		if value < before {
			before = 0
		}
		w.totals[who+name] = value
		w.sums[strings.TrimSuffix(strings.TrimPrefix(name, "braid_"), "_total")] += uint64(value - before)
		// A round is counted at its begin, so a term's first round finishes no step.
		if name == "braid_rounds_total" && value > max(before, 1) {
			w.moves, w.mover = append(w.moves, w.since()), i
		}
	}
	if i == w.mover {
		w.size = workers
	}
}

// since returns the seconds since the watcher began.
func (w *watcher) since() float64 { return time.Since(w.began).Seconds() }

// firstStep waits for the first step and calls poll repeatedly while it waits. It reports whether
// a step was finished before the deadline.
func (w *watcher) firstStep(deadline time.Time, poll func()) (time.Time, bool) {
	for time.Now().Before(deadline) {
		w.mu.Lock()
		n := len(w.moves)
		w.mu.Unlock()
		if n > 0 {
			return time.Now(), true
		}
		poll()
		time.Sleep(5 * time.Millisecond)
	}
	return time.Time{}, false
}

// workers returns the number of workers available to the leader.
func (w *watcher) workers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

// rounds returns the number of rounds begun in all terms.
func (w *watcher) rounds() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sums["rounds"]
}

// last returns the time of the last step and the coordinator that finished it.
func (w *watcher) last() (float64, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.moves) == 0 {
		return 0, 0
	}
	return w.moves[len(w.moves)-1], w.mover
}

// after returns the times of the steps from a time on. The caller holds w.mu.
func (w *watcher) after(from float64) []float64 {
	i, _ := slices.BinarySearch(w.moves, from)
	return w.moves[i:]
}

func (w *watcher) movesSince(from float64) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.after(from))
}

func (w *watcher) firstSince(from float64) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if moves := w.after(from); len(moves) > 0 {
		return moves[0]
	}
	return from
}

// medianGap returns the median time between two successive steps.
func (w *watcher) medianGap(from, to float64) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	var gaps []float64
	moves := w.after(from)
	for i := 1; i < len(moves) && moves[i] < to; i++ {
		gaps = append(gaps, moves[i]-moves[i-1])
	}
	return spreadOf(gaps).Median
}

// longestGap returns the longest time without a step, after from, of the gaps that overlap [from, to].
func (w *watcher) longestGap(from, to float64) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest, last := 0.0, 0.0
	for _, m := range w.moves {
		if m >= from && last <= to {
			longest = max(longest, m-max(last, from))
		}
		last = m
	}
	return longest
}

// longestWait returns the longest time without a step, not counting time in which a fault was active.
func (w *watcher) longestWait(faults []injected) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest := 0.0
	for i := 1; i < len(w.moves); i++ {
		lo, hi := w.moves[i-1], w.moves[i]
		if hi-lo <= longest {
			continue
		}
		wait, upTo := 0.0, lo
		sorted := slices.SortedFunc(slices.Values(faults), func(a, b injected) int { return cmp.Compare(a.At, b.At) })
		for _, f := range sorted {
			wait += max(0, min(hi, f.At)-upTo)
			upTo = max(upTo, min(hi, f.At+f.Length))
		}
		longest = max(longest, wait+hi-upTo)
	}
	return longest
}

func (w *watcher) counters() map[string]uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	sums := make(map[string]uint64, len(w.sums))
	for k, v := range w.sums {
		sums[k] = v
	}
	return sums
}

func (w *watcher) close() {
	close(w.stop)
	w.done.Wait()
}
