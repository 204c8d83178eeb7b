package measure

import (
	"math"

	"braid/run"
)

// Agreement compares the tasks' gradients over one part of the parameters. Matrices are (T, T), row by row.
type Agreement struct {
	// Norm is by task the length of the expected gradient; unknown if noise hides it.
	Norm []Figure `json:"norm"`

	// Noise is by task the variance of a batch's gradient, summed over the parameters, divided by Norm².
	Noise []Figure `json:"noise"`

	// Share is by task its share of the movement: g_t·m / m·m, where m is the sum of the expected gradients, each
	// multiplied by the chance that a step trains the task. The shares sum to 1. A negative one is of a task that
	// the sum moves backward.
	Share []Figure `json:"share"`

	// Cosine is corrected for noise. It can exceed 1 by chance. Error is its standard error, by the jackknife.
	Cosine [][]Figure `json:"cosine"`
	Error  [][]Figure `json:"error"`

	// Raw is the mean of the cosines of the gradients of single batches.
	Raw [][]Figure `json:"raw"`

	// NegativeSelf and NegativeOther are shares of measurements in which the gradients of two independent batches
	// have a negative product: two batches of the same task, and of different tasks.
	NegativeSelf  Figure `json:"negative_self"`
	NegativeOther Figure `json:"negative_other"`
}

// at is the index of element (i, j) of a symmetric matrix in its lower triangle.
func at(i, j int) int {
	i, j = max(i, j), min(i, j)
	return i*(i+1)/2 + j
}

// blocks is the largest number of groups of measurements that the jackknife leaves out in turn. Groups of neighbours
// keep the error honest if neighbours are alike.
const blocks = 20

// agree summarises the products of T tasks; nil if there are none. chance is by task; nil: 1 for all.
func agree(products []*run.Products, tasks int, chance []float64) *Agreement {
	if len(products) == 0 {
		return nil
	}
	batch, halves := sum(products, tasks)
	a := &Agreement{Cosine: cosines(halves, tasks), Raw: raw(products, tasks)}
	n := float64(len(products))
	for t := range tasks {
		signal := halves[at(t, t)] / n
		a.Norm = append(a.Norm, Figure(math.Sqrt(signal))) // NaN if negative
		noise := Figure(math.NaN())
		if signal > 0 {
			noise = Figure((batch[at(t, t)]/n - signal) / signal)
		}
		a.Noise = append(a.Noise, noise)
	}
	a.Share = shares(halves, tasks, chance)
	a.Error = jackknife(products, halves, tasks)
	a.NegativeSelf, a.NegativeOther = negative(products, tasks)
	return a
}

// sum adds the products of measurements.
func sum(products []*run.Products, tasks int) (batch, halves []float64) {
	n := tasks * (tasks + 1) / 2
	batch, halves = make([]float64, n), make([]float64, n)
	for _, p := range products {
		for k := range n {
			batch[k] += float64(p.Batch[k])
			halves[k] += float64(p.Halves[k])
		}
	}
	return batch, halves
}

// cosines divides products by lengths; elements of a task whose squared length is not positive are unknown.
func cosines(products []float64, tasks int) [][]Figure {
	c := matrix(tasks)
	for i := range tasks {
		for j := range tasks {
			c[i][j] = Figure(products[at(i, j)] / math.Sqrt(positive(products[at(i, i)])*positive(products[at(j, j)])))
		}
	}
	return c
}

func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return math.NaN()
}

// raw is the mean of the cosines of single measurements.
func raw(products []*run.Products, tasks int) [][]Figure {
	mean := matrix(tasks)
	for _, p := range products {
		one := make([]float64, len(p.Batch))
		for k, v := range p.Batch {
			one[k] = float64(v)
		}
		for i, row := range cosines(one, tasks) {
			for j, c := range row {
				mean[i][j] += c / Figure(len(products))
			}
		}
	}
	return mean
}

func shares(halves []float64, tasks int, chance []float64) (share []Figure) {
	total := 0.0
	for i := range tasks {
		own := 0.0
		for j := range tasks {
			product := halves[at(i, j)]
			if chance != nil {
				product *= chance[i] * chance[j]
			}
			own += product
		}
		share = append(share, Figure(own))
		total += own
	}
	for i := range share {
		share[i] /= Figure(positive(total))
	}
	return share
}

// jackknife returns standard errors of the corrected cosines: their spread if groups of neighbouring measurements are
// left out in turn. Source: Tukey 1958.
func jackknife(products []*run.Products, halves []float64, tasks int) [][]Figure {
	n := len(products)
	groups := min(n, blocks)
	mean, square := matrix(tasks), matrix(tasks)
	for g := range groups {
		_, out := sum(products[g*n/groups:(g+1)*n/groups], tasks)
		for k := range out {
			out[k] = halves[k] - out[k]
		}
		for i, row := range cosines(out, tasks) {
			for j, c := range row {
				mean[i][j] += c / Figure(groups)
				square[i][j] += c * c / Figure(groups)
			}
		}
	}
	for i := range tasks {
		for j := range tasks {
			spread := max(0, float64(square[i][j]-mean[i][j]*mean[i][j]))
			mean[i][j] = Figure(math.Sqrt(spread * float64(groups-1)))
			if groups < 2 {
				mean[i][j] = Figure(math.NaN())
			}
		}
	}
	return mean
}

// negative counts products of independent halves.
func negative(products []*run.Products, tasks int) (same, other Figure) {
	count := func(v float32) Figure {
		if v < 0 {
			return 1
		}
		return 0
	}
	for _, p := range products {
		for i := range tasks {
			same += count(p.Halves[at(i, i)]) / Figure(tasks*len(products))
			for j := range i {
				other += count(p.Halves[at(i, j)]) / Figure(tasks*(tasks-1)/2*len(products))
			}
		}
	}
	if tasks < 2 {
		other = Figure(math.NaN())
	}
	return same, other
}

func matrix(tasks int) [][]Figure {
	m := make([][]Figure, tasks)
	for i := range m {
		m[i] = make([]Figure, tasks)
	}
	return m
}
