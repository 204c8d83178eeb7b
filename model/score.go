package model

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/task"
)

// SetScore is the score of one data set's examples for all tasks that read it. Scores of
// chunks add up; floats are added in the order of the chunks.
type SetScore struct {
	Set   int
	tasks []setTask
	// Joint counts examples that carry a label of every task, when there are two or more,
	// and those of them with every label right.
	Joint, JointRight uint64
}

type setTask struct {
	task  int
	seen  uint64 // examples with a label
	loss  gradient.Loss
	score *task.Score
}

// NewSetScore returns a score of nothing.
func (m *Architecture) NewSetScore(set int) *SetScore {
	s := &SetScore{Set: set}
	for _, t := range m.Job.TasksOf(set) {
		labels := 0
		if l := m.Labels[t]; l != nil {
			labels = len(l.Names())
		}
		s.tasks = append(s.tasks, setTask{task: t, score: task.NewScore(m.Job.Tasks[t], labels)})
	}
	return s
}

// Of returns a task's metrics and mean loss; false if no example carried its label.
func (s *SetScore) Of(t int) (metrics map[string]float64, loss float64, ok bool) {
	for _, x := range s.tasks {
		if x.task == t && x.seen > 0 {
			return x.score.Metrics(), x.loss.Sum / max(x.loss.Weight, math.SmallestNonzeroFloat64), true
		}
	}
	return nil, 0, false
}

// JointAccuracy is the share of examples with several labels that had all of them right;
// false if there are none.
func (s *SetScore) JointAccuracy() (float64, bool) {
	if s.Joint == 0 {
		return 0, false
	}
	return float64(s.JointRight) / float64(s.Joint), true
}

// Add adds the score of the next chunk.
func (s *SetScore) Add(o *SetScore) {
	for i, x := range o.tasks {
		s.tasks[i].seen += x.seen
		s.tasks[i].loss.Sum += x.loss.Sum
		s.tasks[i].loss.Weight += x.loss.Weight
		s.tasks[i].score.Add(x.score)
	}
	s.Joint += o.Joint
	s.JointRight += o.JointRight
}

// AppendBinary appends the score, little endian.
func (s *SetScore) AppendBinary(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.Joint)
	b = binary.LittleEndian.AppendUint64(b, s.JointRight)
	for _, x := range s.tasks {
		b = binary.LittleEndian.AppendUint64(b, x.seen)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.loss.Sum))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.loss.Weight))
		b = x.score.AppendBinary(b)
	}
	return b
}

var errScore = errors.New("model: a score of the wrong length")

// Decode reads what AppendBinary wrote into a score of the same data set.
func (s *SetScore) Decode(b []byte) error {
	if len(b) < 16 {
		return errScore
	}
	s.Joint, s.JointRight = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	b = b[16:]
	for i := range s.tasks {
		x := &s.tasks[i]
		if len(b) < 24 {
			return errScore
		}
		x.seen = binary.LittleEndian.Uint64(b)
		x.loss = gradient.Loss{Sum: math.Float64frombits(binary.LittleEndian.Uint64(b[8:])), Weight: math.Float64frombits(binary.LittleEndian.Uint64(b[16:]))}
		var err error
		if b, err = x.score.Decode(b[24:]); err != nil {
			return err
		}
	}
	if len(b) > 0 {
		return errScore
	}
	return nil
}

// Chunk names examples Lo to Hi-1 of a split of a data set.
type Chunk struct {
	Set    int
	Split  job.Split
	Lo, Hi int
}

// Chunks cuts a split of all data sets into chunks of at most n examples.
func Chunks(sets []data.Set, split job.Split, n int) []Chunk {
	var chunks []Chunk
	for i := range sets {
		c := sets[i].Split(split)
		if c == nil {
			continue
		}
		for lo := 0; lo < c.Len(); lo += n {
			chunks = append(chunks, Chunk{i, split, lo, min(lo+n, c.Len())})
		}
	}
	return chunks
}

// Scores scores chunks on the engine's goroutines, and gives them in their order.
func (e *Engine) Scores(ctx context.Context, sets []data.Set, chunks []Chunk) ([]*SetScore, error) {
	out := make([]*SetScore, len(chunks))
	e.run(len(chunks), func(e *Engine, l *lane, i int) {
		if ctx.Err() != nil {
			return
		}
		c := chunks[i]
		out[i] = e.scratchPass(l).score(sets[c.Set].Split(c.Split), c)
	})
	return out, ctx.Err()
}

// scratchPass returns a goroutine's first pass.
func (e *Engine) scratchPass(l *lane) *pass {
	if len(l.streams) == 0 {
		l.streams = append(l.streams, newPass(e.arch, e.weights))
	}
	return l.streams[0]
}

// score runs one chunk forward and counts.
func (p *pass) score(c *data.Corpus, chunk Chunk) *SetScore {
	p.load(c, chunk)
	p.forward(nil)
	return p.count(c, chunk.Set, func(t int, target *task.Targets) (gradient.Loss, counter) {
		h := p.heads[t]
		h.Forward(p.weights.heads[t], &p.batch.layout, p.hidden)
		sum, norm := h.Loss(target, 0, 1)
		return gradient.Loss{Sum: sum, Weight: norm}, h.Count
	})
}

// load lays out the examples of a chunk.
func (p *pass) load(c *data.Corpus, chunk Chunk) {
	if len(p.shards) == 0 {
		p.shards, p.losses = append(p.shards, nil), append(p.losses, nil)
	}
	p.shards[0] = p.shards[0][:0]
	for i := chunk.Lo; i < chunk.Hi; i++ {
		p.shards[0] = append(p.shards[0], uint32(i))
	}
	p.batch.collect(c, p.shards[:1])
}

// counter adds the answer for text i to a score and returns whether all of it is right.
type counter func(t *task.Targets, i int, score *task.Score) bool

// count scores all tasks over the examples that are loaded. decode returns a task's loss and
// what counts its answers.
func (p *pass) count(c *data.Corpus, set int, decode func(t int, target *task.Targets) (gradient.Loss, counter)) *SetScore {
	m := p.arch
	s := m.NewSetScore(set)
	right := make([]int, p.batch.layout.B())
	exact := 0 // tasks that can be all right
	for i := range s.tasks {
		x := &s.tasks[i]
		if p.countTask(c, x, right, decode); m.Job.Tasks[x.task].Of().Answer != job.Number {
			exact++
		}
	}
	if exact < 2 {
		return s
	}
	for i := range right {
		all := true
		for _, x := range s.tasks {
			all = all && (m.Job.Tasks[x.task].Of().Answer == job.Number || p.batch.targets[x.task].Has[i])
		}
		if all {
			s.Joint++
			if right[i] == exact {
				s.JointRight++
			}
		}
	}
	return s
}

// countTask counts one task's answers. right counts by text how many tasks had it right.
func (p *pass) countTask(c *data.Corpus, x *setTask, right []int, decode func(t int, target *task.Targets) (gradient.Loss, counter)) {
	m, t := p.arch, x.task
	target := &p.batch.targets[t]
	m.heads[t].Gather(target, c, targetOf(c, t), &p.batch.layout, p.batch.examples)
	loss, count := decode(t, target)
	x.loss = loss
	for i, has := range target.Has {
		if !has {
			continue
		}
		x.seen++
		if count(target, i, x.score) && m.Job.Tasks[t].Of().Answer != job.Number {
			right[i]++
		}
	}
}
