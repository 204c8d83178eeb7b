package task

// marginals is the memory for probabilities over the legal paths of one text, where the words' tags are independent
// but for the legality of their transitions.
type marginals struct {
	classes  int
	p        []float64 // (T, K) the words' probabilities
	forward  []float64 // (T, K) of the legal paths up to t that end in a class, scaled to the sum 1
	backward []float64 // (T, K) of the legal ways on from a class at t, scaled alike
	scale    []float64 // (T) the sums before scaling
	tags     []string
	spans    []Span
}

// leastProbability replaces smaller probabilities, so that the legal paths never all have probability 0.
const leastProbability = 0x1p-126

// compute runs forward and backward. Products are converted before they are added, so that no processor fuses the two.
//
//	probabilities  returns the K probabilities of word t
//
// Source: Baum et al. 1970; scaling as in Rabiner 1989.
func (m *marginals) compute(c *chain, words int, probabilities func(t int) []float32) {
	m.grow(words, len(c.before))
	for t := range words {
		for class, x := range probabilities(t) {
			m.p[t*m.classes+class] = max(float64(x), leastProbability)
		}
	}
	for t := range words {
		m.stepForward(c, t)
	}
	for t := words - 1; t >= 0; t-- {
		m.stepBackward(c, t)
	}
}

func (m *marginals) stepForward(c *chain, t int) {
	f, p := m.row(m.forward, t), m.row(m.p, t)
	sum := 0.0
	for class := range f {
		switch before := c.before[class]; {
		case before == nil:
			f[class] = p[class]
		case t == 0:
			f[class] = 0
		default:
			past := m.row(m.forward, t-1)
			f[class] = (past[before[0]] + past[before[1]]) * p[class]
		}
		sum += f[class]
	}
	for class := range f {
		f[class] /= sum
	}
	m.scale[t] = sum
}

func (m *marginals) stepBackward(c *chain, t int) {
	b := m.row(m.backward, t)
	if t == len(m.scale)-1 {
		for class := range b {
			b[class] = 1
		}
		return
	}
	free := 0.0 // over the classes that may follow any
	for class, before := range c.before {
		if before == nil {
			free += m.onward(t+1, int32(class))
		}
	}
	for class := range b {
		b[class] = free
	}
	for class, before := range c.before {
		if before == nil {
			continue
		}
		for _, from := range before {
			b[from] += m.onward(t+1, int32(class))
		}
	}
}

// onward returns the scaled weight of word t having a class and all that may follow.
func (m *marginals) onward(t int, class int32) float64 {
	i := t*m.classes + int(class)
	return float64(m.p[i]*m.backward[i]) / m.scale[t]
}

// of returns the probability that word t has a class.
func (m *marginals) of(t int, class int32) float64 {
	i := t*m.classes + int(class)
	return min(m.forward[i]*m.backward[i], 1)
}

// span returns the probability that the path has exactly the span of the words from start to end-1, whose classes are
// given: it begins there, its words have these classes, and no tag of its type continues it.
func (m *marginals) span(c *chain, classes []int32, start, end int) float64 {
	first := classes[start]
	inside := c.inside[first]
	probability := m.p[start*m.classes+int(first)] / m.scale[start]
	if first == inside && start > 0 {
		probability *= 1 - m.row(m.forward, start-1)[inside]
	}
	for t := start + 1; t < end; t++ {
		probability *= m.p[t*m.classes+int(classes[t])] / m.scale[t]
	}
	ending := m.row(m.backward, end-1)[classes[end-1]]
	if inside >= 0 && end < len(m.scale) {
		ending -= m.onward(end, inside)
	}
	return min(max(float64(probability*ending), 0), 1)
}

// append adds the probabilities of the words' classes and those of their spans to an answer.
func (m *marginals) append(c *chain, a *Decoded) {
	for t, class := range a.Classes {
		a.Probabilities = append(a.Probabilities, float32(m.of(t, class)))
		m.tags = append(m.tags[:t], c.names[class])
	}
	m.spans = Spans(m.spans, m.tags[:len(a.Classes)])
	for _, s := range m.spans {
		a.Spans = append(a.Spans, ScoredSpan{s, float32(m.span(c, a.Classes, s.Start, s.End))})
	}
}

func (m *marginals) row(x []float64, t int) []float64 { return x[t*m.classes : (t+1)*m.classes] }

// grow makes room for a text of the given words and classes.
func (m *marginals) grow(words, classes int) {
	m.classes = classes
	for _, x := range []*[]float64{&m.p, &m.forward, &m.backward} {
		if cap(*x) < words*classes {
			*x = make([]float64, words*classes*5/4)
		}
		*x = (*x)[:words*classes]
	}
	if cap(m.scale) < words {
		m.scale = make([]float64, words*5/4)
	}
	m.scale = m.scale[:words]
}
