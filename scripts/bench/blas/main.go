package main

import (
	"bufio"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"braid/internal/kernel"
	"braid/scripts/bench/internal/runner"
)

//go:embed sgemm.py
var sgemmPy string

// Row holds the figures of one shape, in GFLOP/s except for the ratios.
type Row struct {
	M, N, K     int
	Braid       float64 `json:"braid"`
	WithPacking float64 `json:"with_packing"`
	OpenBLAS    float64 `json:"openblas"`
	Ratio       float64 `json:"ratio"`   // Braid / OpenBLAS
	OfPeak      float64 `json:"of_peak"` // Braid / peak
}

// Report is the content of the file that --json names.
type Report struct {
	Machine  string  `json:"machine"`
	Form     string  `json:"form"`
	OpenBLAS string  `json:"openblas_core"`
	Peak     float64 `json:"peak"`
	Rows     []Row   `json:"rows"`
}

func main() {
	rounds := flag.Int("rounds", 7, "rounds; medians are shown")
	seconds := flag.Float64("seconds", 0.3, "seconds a measurement")
	python := flag.String("python", "/usr/bin/python3", "Python")
	jsonFile := flag.String("json", "", "write the figures to this file too")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	if err := race(*python, *rounds, *seconds, *jsonFile); err != nil {
		fmt.Fprintln(os.Stderr, "blas:", err)
		os.Exit(1)
	}
}

func race(python string, rounds int, seconds float64, jsonFile string) error {
	peers, err := startPeers(python)
	if err != nil {
		return err
	}
	peak := peak()
	r := Report{Machine: runner.Machine(), Form: kernel.Form(), Peak: peak}
	for _, s := range [][3]int{{64, 1024, 256}, {2048, 1024, 128}, {8, 1024, 256}} {
		m, n, k := s[0], s[1], s[2]
		var own, packing, theirs []float64
		for range rounds {
			own = append(own, measure(m, n, k, seconds, false))
			packing = append(packing, measure(m, n, k, seconds, true))
			var fastest float64
			for _, p := range peers {
				speed, err := p.measure(m, n, k, seconds)
				if err != nil {
					return err
				}
				if speed > fastest {
					fastest, r.OpenBLAS = speed, p.name
				}
			}
			theirs = append(theirs, fastest)
		}
		row := Row{M: m, N: n, K: k, Braid: runner.Median(own), WithPacking: runner.Median(packing),
			OpenBLAS: runner.Median(theirs)}
		row.Ratio, row.OfPeak = row.Braid/row.OpenBLAS, row.Braid/peak
		r.Rows = append(r.Rows, row)
	}
	fmt.Printf("%s, one core, form %s, peak %.0f GFLOP/s, OpenBLAS %s\n\n", r.Machine, r.Form, r.Peak, r.OpenBLAS)
	fmt.Printf("%-16s %10s %14s %10s %8s %8s\n", "m x n x k", "Braid", "with packing", "OpenBLAS", "ratio", "of peak")
	for _, row := range r.Rows {
		fmt.Printf("%-16s %10.0f %14.0f %10.0f %8.2f %7.0f%%\n", fmt.Sprintf("%dx%dx%d", row.M, row.N, row.K),
			row.Braid, row.WithPacking, row.OpenBLAS, row.Ratio, 100*row.OfPeak)
	}
	return runner.WriteJSON(jsonFile, r)
}

// measure returns the speed of Braid's product in GFLOP/s.
func measure(m, n, k int, seconds float64, packing bool) float64 {
	a, b, c := ramp(m*k), ramp(k*n), make([]float32, m*n)
	var packed kernel.Packed
	packed.Pack(b, k, n, n)
	kernel.MatMul(c, n, a, k, m, &packed, false)
	begin, count := time.Now(), 0
	for time.Since(begin).Seconds() < seconds {
		for range 20 {
			if packing {
				packed.Pack(b, k, n, n)
			}
			kernel.MatMul(c, n, a, k, m, &packed, false)
		}
		count += 20
	}
	return 2 * float64(m) * float64(n) * float64(k) * float64(count) / time.Since(begin).Seconds() / 1e9
}

func ramp(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i%17) / 17
	}
	return x
}

// peak returns the highest speed of the core in GFLOP/s, the largest of five measurements.
func peak() float64 {
	var best float64
	for range 5 {
		best = max(best, kernel.Peak(200*time.Millisecond))
	}
	return best
}

// peer is a Python process with one core type of OpenBLAS.
type peer struct {
	name string
	in   io.Writer
	out  *bufio.Scanner
}

// startPeers starts a process for each core type that OpenBLAS supports on this machine.
func startPeers(python string) ([]*peer, error) {
	var peers []*peer
	seen := map[string]bool{}
	for _, core := range []string{"", "HASWELL", "SKYLAKEX", "COOPERLAKE"} {
		flags, _ := os.ReadFile("/proc/cpuinfo")
		if core == "SKYLAKEX" && !strings.Contains(string(flags), " avx512f ") ||
			core == "COOPERLAKE" && !strings.Contains(string(flags), " avx512_bf16") {
			continue
		}
		cmd := exec.Command(python, "-c", sgemmPy)
		cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1")
		if core != "" {
			cmd.Env = append(cmd.Env, "OPENBLAS_CORETYPE="+core)
		}
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		p := &peer{in: in, out: bufio.NewScanner(out)}
		if !p.out.Scan() {
			return nil, fmt.Errorf("OpenBLAS does not start (apt-get install libopenblas0-pthread?): %v", p.out.Err())
		}
		if p.name = p.out.Text(); !seen[p.name] {
			peers = append(peers, p)
		}
		seen[p.name] = true
	}
	return peers, nil
}

func (p *peer) measure(m, n, k int, seconds float64) (float64, error) {
	fmt.Fprintln(p.in, m, n, k, seconds)
	if !p.out.Scan() {
		return 0, fmt.Errorf("OpenBLAS %s ended: %v", p.name, p.out.Err())
	}
	return strconv.ParseFloat(p.out.Text(), 64)
}
