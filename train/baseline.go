package train

import (
	"math"
	"slices"

	"braid/data"
	"braid/job"
	"braid/task"
)

// baselines returns by task the scores of answers without learning on a split: the majority class, the most
// frequent tag of each word, the mean of the training values. The scores are nil for a task without examples in
// the split and for a task whose answers are sets.
func baselines(j *job.Job, p *data.Prepared, raw *data.Raw, split job.Split) []map[string]float64 {
	all := make([]map[string]float64, len(j.Tasks))
	for s := range p.Sets {
		c := p.Sets[s].Split(split)
		if c == nil {
			continue
		}
		for i := range c.Targets {
			t := c.Targets[i].Task
			if len(c.Targets[i].Labelled) > 0 {
				b := baseline{j.Tasks[t], p.Labels[t], p.Sets[s].Train, c, raw.Sets[s].Train, raw.Sets[s].Split(split), i}
				all[t] = b.metrics()
			}
		}
	}
	return all
}

// baseline computes the baseline of one task.
type baseline struct {
	task                   job.Task
	labels                 *data.Labels
	train, split           *data.Corpus
	trainTexts, splitTexts []data.Example
	target                 int // index of the task's target in both corpora
}

func (b baseline) metrics() map[string]float64 {
	switch kind := b.task.Of(); {
	case kind.Answer == job.Set:
		return nil
	case kind.Answer == job.Number:
		return mean(b.train.Targets[b.target].Values, b.split.Targets[b.target].Values)
	case kind.Per == job.PerText:
		found := data.MajorityBaseline(b.train, b.split, b.target)
		return majority(b.task, b.labels, found, b.split.Targets[b.target].Class)
	default:
		found := data.MostFrequentTag(b.train, b.split, b.trainTexts, b.splitTexts, b.target)
		return mostFrequentTag(b.task, b.labels, found, b.split, b.split.Targets[b.target].Tags,
			b.split.Targets[b.target].Beyond)
	}
}

// majority returns the scores of classes found against the gold classes; a negative gold class is unlabelled.
func majority(t job.Task, labels *data.Labels, found, gold []int32) map[string]float64 {
	n := len(labels.Names())
	score := task.NewScore(t, n)
	by := score.Counts[2:]
	for i, g := range gold {
		if g < 0 {
			continue
		}
		score.Counts[0]++
		by[n+int(found[i])]++
		by[2*n+int(g)]++
		if g == found[i] {
			score.Counts[1]++
			by[g]++
		}
	}
	return score.Metrics()
}

// mostFrequentTag returns the scores of tags found against the gold tags of a corpus. beyond returns the gold
// tags of an example after its max_tokens words, which count as missed.
func mostFrequentTag(t job.Task, labels *data.Labels, found []int32, c *data.Corpus, gold []int32,
	beyond func(uint32) []int32) map[string]float64 {
	score := task.NewScore(t, len(labels.Names()))
	var spans task.SpanCounts
	var foundTags, goldTags []string
	for e := range c.Len() {
		foundTags, goldTags = foundTags[:0], goldTags[:0]
		for k := c.Offsets[e]; k < c.Offsets[e+1] && gold[k] >= 0; k++ {
			score.Counts[0]++
			if found[k] == gold[k] {
				score.Counts[1]++
			}
			foundTags, goldTags = append(foundTags, labels.Name(found[k])), append(goldTags, labels.Name(gold[k]))
		}
		for _, g := range beyond(uint32(e)) { // not answered, as by a model
			score.Counts[0]++
			foundTags, goldTags = append(foundTags, "O"), append(goldTags, labels.Name(g))
		}
		if len(goldTags) > 0 {
			score.Counts[5]++
			if slices.Equal(foundTags, goldTags) && len(beyond(uint32(e))) == 0 {
				score.Counts[6]++
			}
		}
		if t.Spans() {
			spans.Count(task.Spans(nil, goldTags), task.Spans(nil, foundTags))
		}
	}
	score.Counts[2], score.Counts[3], score.Counts[4] = spans.Correct, spans.Found, spans.Gold
	return score.Metrics()
}

// mean returns the scores of answering with the mean of the training values. A constant answer has no
// correlation: pearson is 0.
func mean(train, gold []float32) map[string]float64 {
	var answer, n float64
	for _, v := range train {
		if !math.IsNaN(float64(v)) {
			answer, n = answer+float64(v), n+1
		}
	}
	answer /= max(n, 1)
	var mse, mae float64
	n = 0
	for _, v := range gold {
		if d := float64(v) - answer; !math.IsNaN(d) {
			mse, mae, n = mse+float64(d*d), mae+math.Abs(d), n+1
		}
	}
	return map[string]float64{"mse": mse / max(n, 1), "mae": mae / max(n, 1), "pearson": 0}
}
