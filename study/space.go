package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"braid/internal/rng"
	"braid/job"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
	"gonum.org/v1/gonum/stat/samplemv"
)

// Dimension is one direction of the space that a tuning searches.
type Dimension struct {
	Name      string
	Keys      []string  // of the job, which all get the value
	Times     []float64 // by key: factor on the value
	Also      []string  // KEY=VALUE that the value needs
	Low, High float64
	Log       bool // uniform in the logarithm
	Whole     bool // whole numbers
}

// maxWeightDimensions bounds the dimensions of task weights. Beyond, tasks share one in groups.
const maxWeightDimensions = 4

// Dimensions returns the default dimensions of a job: the weights of the tasks from a quarter to four, and the sampling
// temperature if steps draw tasks of different sizes. A weight is relative to that of the job. examples is by task.
func Dimensions(j *job.Job, examples []int) (all []Dimension) {
	for _, group := range weightGroups(j, examples) {
		d := Dimension{Low: 0.25, High: 4, Log: true}
		var names []string
		for _, t := range group {
			names = append(names, j.Tasks[t].Name)
			d.Keys = append(d.Keys, "tasks."+j.Tasks[t].Name+".weight")
			d.Times = append(d.Times, j.Tasks[t].Weight)
		}
		d.Name = "weight of " + strings.Join(names, ", ")
		all = append(all, d)
	}
	t := j.Training
	draws := t.Mode == "sampled" || t.TasksPerStep > 0
	if draws && t.Sampling.Kind != "explicit" && slices.Min(examples) < slices.Max(examples) {
		all = append(all, Dimension{Name: "sampling temperature", Keys: []string{"training.sampling.temperature"},
			Times: []float64{1}, Also: []string{"training.sampling.kind=temperature"}, Low: 1, High: 5, Log: true})
	}
	return all
}

// weightGroups returns the tasks that share a weight: each by itself up to maxWeightDimensions, else neighbours in the
// order of kind and size. There is none for a job of one task, whose weight only scales the learning rate.
func weightGroups(j *job.Job, examples []int) [][]int {
	n := len(j.Tasks)
	if n < 2 {
		return nil
	}
	order := make([]int, n)
	for t := range order {
		order[t] = t
	}
	if n > maxWeightDimensions {
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Or(cmp.Compare(j.Tasks[a].Kind, j.Tasks[b].Kind), cmp.Compare(examples[a], examples[b]))
		})
	}
	groups := make([][]int, min(n, maxWeightDimensions))
	for i, t := range order {
		g := i * len(groups) / n
		groups[g] = append(groups[g], t)
	}
	return groups
}

// ParseSpace reads KEY=LOW..HIGH. The values are whole numbers if both bounds are written as such, and uniform in the
// logarithm if HIGH is four times LOW or more.
func ParseSpace(text string) (Dimension, error) {
	key, bounds, _ := strings.Cut(text, "=")
	low, high, ok := strings.Cut(bounds, "..")
	a, err1 := strconv.ParseFloat(strings.TrimSpace(low), 64)
	b, err2 := strconv.ParseFloat(strings.TrimSpace(high), 64)
	if !ok || err1 != nil || err2 != nil || !(a < b) || math.IsInf(a, 0) || math.IsInf(b, 0) || key == "" {
		return Dimension{}, fmt.Errorf("%q: write KEY=LOW..HIGH, such as training.optimizer.lr=0.0005..0.005", text)
	}
	return Dimension{Name: key, Keys: []string{key}, Times: []float64{1}, Low: a, High: b, Log: a > 0 && b >= 4*a,
		Whole: !strings.ContainsAny(low+high, ".eE")}, nil
}

// at returns the value at a share of the dimension, with three significant digits.
func (d *Dimension) at(share float64) float64 {
	v := d.Low + share*(d.High-d.Low)
	if d.Log {
		v = d.Low * math.Exp(share*math.Log(d.High/d.Low))
	}
	if d.Whole {
		return math.Round(v)
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return v
}

// Points returns n points as values of the job's keys. The first is the job as it is, without any value, and the others
// are a Halton sequence, scrambled by a fixed seed. More points begin with the same ones.
// Source: Owen 2017, "A randomized Halton algorithm in R".
func Points(dimensions []Dimension, n int) [][]string {
	points := make([][]string, max(n, 1))
	if n < 2 || len(dimensions) == 0 {
		return points[:1]
	}
	batch := mat.NewDense(n-1, len(dimensions), nil)
	src := rng.Key{Purpose: rng.Resample, A: rng.Name("halton")}.Stream()
	samplemv.Halton{Kind: samplemv.Owen, Q: distmv.NewUnitUniform(len(dimensions), nil), Src: src}.Sample(batch)
	for i := range n - 1 {
		for k := range dimensions {
			d := &dimensions[k]
			value := d.at(batch.At(i, k))
			for n, key := range d.Keys {
				points[i+1] = append(points[i+1], key+"="+strconv.FormatFloat(value*d.Times[n], 'g', -1, 64))
			}
			points[i+1] = append(points[i+1], d.Also...)
		}
	}
	return points
}
