package task

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var tagSets = [][]string{
	{"O", "B-A", "I-A"},
	{"O", "B-A", "B-B", "I-A", "I-B"},
	{"O", "B-A", "B-B", "I-B"}, // A has no I- tag
	{"O", "B-A", "I-A", "I-C"}, // C has no B- tag: it may begin inside
	{"B-A", "I-A"},             // no O
	{"O", "I-A", "B-A", "B-a-b", "I-a-b"},
}

// paths calls visit with every sequence of n classes.
func paths(classes, n int, visit func([]int32)) {
	path := make([]int32, n)
	var walk func(int)
	walk = func(t int) {
		if t == n {
			visit(path)
			return
		}
		for c := range classes {
			path[t] = int32(c)
			walk(t + 1)
		}
	}
	walk(0)
}

// randomRows returns n rows of positive numbers with the sum 1, and their logarithms.
func randomRows(r *rand.Rand, n, classes int) (p, logs [][]float32) {
	for range n {
		row, log := make([]float32, classes), make([]float32, classes)
		sum := 0.0
		for c := range row {
			log[c] = float32(2 * r.NormFloat64())
			sum += math.Exp(float64(log[c]))
		}
		for c := range row {
			row[c] = float32(math.Exp(float64(log[c])) / sum)
		}
		p, logs = append(p, row), append(logs, log)
	}
	return p, logs
}

func TestViterbiIsTheBestLegalPath(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var v viterbi
	for _, names := range tagSets {
		c := newChain(names)
		for range 200 {
			n := 1 + r.IntN(5)
			_, logs := randomRows(r, n, len(names))
			var want []int32
			most := math.Inf(-1)
			paths(len(names), n, func(path []int32) {
				sum := 0.0
				for t, class := range path {
					sum += float64(logs[t][class])
				}
				if c.allLegal(path) && sum > most {
					most, want = sum, slices.Clone(path)
				}
			})
			var got []int32
			for _, row := range logs {
				got = append(got, int32(argmax(row)))
			}
			v.best(c, got, func(t int) []float32 { return logs[t] })
			if !slices.Equal(got, want) {
				t.Fatalf("%v: got %v, want %v of %v", names, got, want, logs)
			}
		}
	}
}

func TestMarginalsAreThoseOfAllLegalPaths(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var m marginals
	for _, names := range tagSets {
		c := newChain(names)
		for range 50 {
			n := 1 + r.IntN(5)
			p, _ := randomRows(r, n, len(names))
			m.compute(c, n, func(t int) []float32 { return p[t] })
			total := 0.0
			byClass := make([]float64, n*len(names))
			bySpan := map[Span]float64{}
			paths(len(names), n, func(path []int32) {
				if !c.allLegal(path) {
					return
				}
				weight := 1.0
				for t, class := range path {
					weight *= float64(p[t][class])
				}
				total += weight
				for t, class := range path {
					byClass[t*len(names)+int(class)] += weight
				}
				for _, s := range Spans(nil, namesOf(names, path)) {
					bySpan[s] += weight
				}
			})
			for i, weight := range byClass {
				if got := m.of(i/len(names), int32(i%len(names))); math.Abs(got-weight/total) > 1e-6 {
					t.Fatalf("%v: word %d has class %d with probability %v, want %v", names, i/len(names), i%len(names),
						got, weight/total)
				}
			}
			paths(len(names), n, func(path []int32) {
				if !c.allLegal(path) {
					return
				}
				for _, s := range Spans(nil, namesOf(names, path)) {
					// A type without B- in training has spans that begin with I- only, so a span has one path.
					got, want := m.span(c, path, s.Start, s.End), bySpan[s]/total
					if math.Abs(got-want) > 1e-6 {
						t.Fatalf("%v: span %v of %v has probability %v, want %v", names, s, path, got, want)
					}
				}
			})
		}
	}
}

func namesOf(names []string, path []int32) (tags []string) {
	for _, class := range path {
		tags = append(tags, names[class])
	}
	return tags
}

func TestCertainButIllegalTagsHaveFiniteMarginals(t *testing.T) {
	c := newChain(tagSets[0])
	var m marginals
	m.compute(c, 3, func(int) []float32 { return []float32{0, 0, 1} })
	for t2 := range 3 {
		sum := 0.0
		for class := range int32(3) {
			sum += m.of(t2, class)
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("the probabilities of word %d have the sum %v", t2, sum)
		}
	}
}

func TestPlainTagsAreFree(t *testing.T) {
	if c := newChain([]string{"NN", "VB", "O", "B-X"}); c != nil {
		t.Errorf("got %v, want no constraint", c)
	}
}
