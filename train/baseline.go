package train

import (
	"math"

	"braid/data"
	"braid/job"
	"braid/task"
)

// Baselines returns by task what answers without learning score on a split: the majority
// class, each word's most frequent tag, the mean of training. nil for a task that the
// split has no examples of, and for multilabel.
func Baselines(j *job.Job, p *data.Prepared, raw *data.Raw, split job.Split) []map[string]float64 {
	baselines := make([]map[string]float64, len(j.Tasks))
	for s := range p.Sets {
		c := p.Sets[s].Split(split)
		if c == nil {
			continue
		}
		for i := range c.Targets {
			t := c.Targets[i].Task
			if len(c.Targets[i].Labelled) > 0 {
				f := baseline{j.Tasks[t], p.Labels[t], p.Sets[s].Train, c, raw.Sets[s].Train, raw.Sets[s].Split(split), i}
				baselines[t] = f.metrics()
			}
		}
	}
	return baselines
}

// SummaryBaselines returns by task the baselines on test, or on dev where there is no test: what
// a summary says beside the scores.
func SummaryBaselines(j *job.Job, p *data.Prepared, raw *data.Raw) []map[string]float64 {
	dev, test := Baselines(j, p, raw, job.Dev), Baselines(j, p, raw, job.Test)
	for t := range test {
		if test[t] == nil {
			test[t] = dev[t]
		}
	}
	return test
}

// baseline is one task's: training and a split as numbers and as texts, and the task's place
// in the targets of both.
type baseline struct {
	task                   job.Task
	labels                 *data.Labels
	train, split           *data.Corpus
	trainTexts, splitTexts []data.Example
	target                 int
}

func (f baseline) metrics() map[string]float64 {
	switch kind := f.task.Of(); {
	case kind.Answer == job.Set:
		return nil
	case kind.Answer == job.Number:
		return mean(f.train.Targets[f.target].Values, f.split.Targets[f.target].Values)
	case kind.Per == job.PerText:
		found := data.MajorityBaseline(f.train, f.split, f.target)
		return majority(f.task, f.labels, found, f.split.Targets[f.target].Class)
	default:
		found := data.MostFrequentTag(f.train, f.split, f.trainTexts, f.splitTexts, f.target)
		return mostFrequentTag(f.task, f.labels, found, f.split, f.split.Targets[f.target].Tags, f.split.Targets[f.target].Beyond)
	}
}

// majority fills the counts of a classification's score.
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

// mostFrequentTag fills the counts of a tagging's score.
func mostFrequentTag(t job.Task, labels *data.Labels, found []int32, c *data.Corpus, gold []int32, beyond func(uint32) []int32) map[string]float64 {
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
		for _, g := range beyond(uint32(e)) { // answered as a model does: not at all
			score.Counts[0]++
			foundTags, goldTags = append(foundTags, "O"), append(goldTags, labels.Name(g))
		}
		if t.Spans() {
			spans.Count(task.Spans(nil, goldTags), task.Spans(nil, foundTags))
		}
	}
	score.Counts[2], score.Counts[3], score.Counts[4] = spans.Correct, spans.Found, spans.Gold
	return score.Metrics()
}

// mean answers with the mean of training, and is no better than chance by pearson's measure.
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
