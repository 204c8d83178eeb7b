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

// watcher polls the coordinators' metrics and remembers when the run moved on.
type watcher struct {
	began time.Time
	stop  chan struct{}
	done  sync.WaitGroup

	mu     sync.Mutex
	moves  []float64          // seconds at which a round was finished
	mover  int                // the coordinator that finished the last
	size   int                // workers that it can give work
	totals map[string]float64 // by coordinator and counter, their last value
	sums   map[string]uint64  // of counters over all terms
}

// newWatcher polls as often as every says, which is the resolution of recovery times.
func newWatcher(c *cluster, every time.Duration) *watcher {
	w := &watcher{began: time.Now(), stop: make(chan struct{}), totals: map[string]float64{}, sums: map[string]uint64{}}
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

// read takes one scrape. A counter that fell belongs to a new process or term.
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
		// Counted as a round begins: a term's first says only that it leads.
		if name == "braid_rounds_total" && value > max(before, 1) {
			w.moves, w.mover = append(w.moves, w.since()), i
		}
	}
	if i == w.mover {
		w.size = workers
	}
}

// since is the seconds that the round has taken so far.
func (w *watcher) since() float64 { return time.Since(w.began).Seconds() }

// firstStep waits until the run moves, and calls meanwhile now and then.
func (w *watcher) firstStep(deadline time.Time, meanwhile func()) (time.Time, bool) {
	for time.Now().Before(deadline) {
		w.mu.Lock()
		n := len(w.moves)
		w.mu.Unlock()
		if n > 0 {
			return time.Now(), true
		}
		meanwhile()
		time.Sleep(5 * time.Millisecond)
	}
	return time.Time{}, false
}

// workers is how many the leader can give work.
func (w *watcher) workers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

// rounds is how many rounds the run has begun, over all terms.
func (w *watcher) rounds() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sums["rounds"]
}

// last is when the run last moved, and by which coordinator.
func (w *watcher) last() (float64, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.moves) == 0 {
		return 0, 0
	}
	return w.moves[len(w.moves)-1], w.mover
}

// after returns the moves after a time; w.mu is held.
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

// medianGap is the median time between two moves.
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

// longestGap is the longest time without a step that touches from to to.
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

// longestWait is the longest time without a step less what of it a fault was at work.
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
