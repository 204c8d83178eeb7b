package job

import (
	"fmt"
	"slices"
	"strings"
)

// maxShards bounds S, since each shard has a gradient of its own in memory.
const maxShards = 1024

// check keeps the first refusal. Later refusals are ignored.
type check struct {
	job *Job
	err error
}

// refuse records an error at path if wrong is true.
func (c *check) refuse(wrong bool, path, mend, format string, args ...any) {
	if wrong && c.err == nil {
		c.err = c.job.Errorf(path, mend, format, args...)
	}
}

func (c *check) oneOf(path, value string, allowed ...string) {
	c.refuse(!slices.Contains(allowed, value), path, oneOfMend(value, allowed), "%s is %q", path, value)
}

func oneOfMend(value string, allowed []string) string {
	if s := suggest(value, allowed); value != "" && strings.HasPrefix(s, "did you mean") {
		return s + " It can be " + strings.Join(allowed, ", ")
	}
	return "write one of " + strings.Join(allowed, ", ")
}

func (c *check) atLeast(path string, value, least int) {
	c.refuse(value < least, path, fmt.Sprintf("write at least %d", least), "%s is %d", path, value)
}

func (c *check) atMost(path string, value, most int) {
	c.refuse(value > most, path, fmt.Sprintf("write at most %d", most), "%s is %d", path, value)
}

// inside refuses a value that is not in [low, high).
func (c *check) inside(path string, value, low, high float64) {
	c.refuse(value < low || value >= high, path, fmt.Sprintf("write a number from %g to below %g", low, high),
		"%s is %g", path, value)
}

func (c *check) positive(path string, value float64) {
	c.refuse(!(value > 0), path, "write a number above 0", "%s is %g", path, value)
}

func (c *check) notNegative(path string, value float64) {
	c.refuse(!(value >= 0), path, "write 0 or more", "%s is %g", path, value)
}

// maxName bounds the name of a job, in bytes, since it names a directory.
const maxName = 200

func (j *Job) validate() error {
	c := &check{job: j}
	c.refuse(len(j.Name) > maxName, "name", fmt.Sprintf("write at most %d bytes", maxName), "name has %d bytes",
		len(j.Name))
	c.refuse(j.Name == "" || strings.ContainsAny(j.Name, "/\\\x00") || j.Name == "." || j.Name == "..", "name",
		"give a name that can be a directory's", "name is %q", j.Name)
	c.data()
	c.encoder()
	c.tasks()
	c.training()
	c.optimizer()
	c.cluster()
	c.init()
	return c.err
}

func (c *check) data() {
	c.refuse(len(c.job.Data) == 0, "data", "add `data: {NAME: {format: jsonl, train: FILE}}`", "there is no data")
	for _, d := range c.job.Data {
		p := "data." + d.Name
		c.refuse(d.Name == "", "data", "give the data set a name", "a data set has no name")
		format := d.Of()
		c.oneOf(p+".format", d.Format, formatNames()...)
		c.refuse(format.Files && d.Train == "", p, "add `train: FILE`", "%s has no training split", p)
		c.refuse(format.Columns && !slices.Contains(d.Columns, "word"), p,
			"name the columns in their order, as in `columns: [word, ner]`", "%s has no column called word", p)
		c.columns(p+".columns", d)
		c.refuse(d.Tokens != "" && !format.Tokens, p+".tokens", "remove it: a list of words needs format jsonl",
			"%s has the format %s and names tokens", p, d.Format)
		c.refuse(d.Text != "" && !format.Text, p+".text", "remove it: this format has words, not texts",
			"%s has the format %s and names a text", p, d.Format)
		c.refuse(d.Text != "" && d.Tokens != "", p, "keep the one that the file has", "%s names both text and tokens", p)
		c.separator(p+".separator", d)
		c.oneOf(p+".tokenizer", d.Tokenizer, "unicode", "space")
		c.refuse(format.Tokenizer != "" && d.Tokenizer != format.Tokenizer, p+".tokenizer", "remove it",
			"the words of %s are always cut by tokenizer %s", d.Format, format.Tokenizer)
		_, _, ok := d.Folds()
		c.refuse(d.Fold != "" && !ok, p+".fold", fmt.Sprintf("write I/K, such as 2/5: fold I of K, K from 2 to %d", maxFolds),
			"%s.fold is %q", p, d.Fold)
		c.atLeast(p+".max_tokens", d.MaxTokens, 1)
		c.atMost(p+".max_tokens", d.MaxTokens, 65535)
	}
}

func (c *check) columns(p string, d DataSet) {
	c.refuse(len(d.Columns) > 0 && !d.Of().Columns, p, "remove it: only conll names its columns in the job",
		"data.%s has the format %s and names columns", d.Name, d.Format)
	for i, name := range d.Columns {
		first := slices.Index(d.Columns, name)
		c.refuse(first < i && name != "" && name != "-", p, `write "-" for a column that no task reads`,
			"columns %d and %d are both called %q", first+1, i+1, name)
	}
}

// maxSeparator bounds the separator of labels, in bytes.
const maxSeparator = 16

func (c *check) separator(p string, d DataSet) {
	if d.Separator == "" {
		return
	}
	sets := slices.ContainsFunc(c.job.Tasks, func(t Task) bool { return t.Of().Answer == Set && t.Data == d.Name })
	c.refuse(!sets, p, "remove it: only multilabel tasks have several labels in one field",
		"no multilabel task reads the data set %s", d.Name)
	c.refuse(d.Of().Separator == "", p, "remove it", "data of format %s has no field with several labels", d.Format)
	c.refuse(len(d.Separator) > maxSeparator || strings.ContainsAny(d.Separator, "\r\n"), p,
		fmt.Sprintf("write at most %d bytes without line breaks", maxSeparator), "%s is %q", p, d.Separator)
	c.refuse(d.Of().Divider != "" && strings.Contains(d.Separator, d.Of().Divider), p, "write another, such as | or ,",
		"%s is %q, which divides the columns", p, d.Of().Divider)
}

// Bounds of the layers of an encoder.
const (
	maxHidden = 8192
	maxLayers = 16
)

func (c *check) encoder() {
	c.oneOf("encoder.kind", c.job.Encoder.Kind, encoderNames()...)
	w, l := c.job.Encoder.Word, c.job.Encoder.LSTM
	c.atLeast("encoder.word.dim", w.Dim, 1)
	c.atMost("encoder.word.dim", w.Dim, 4096)
	c.atLeast("encoder.word.min_count", w.MinCount, 1)
	c.inside("encoder.word.dropout", w.Dropout, 0, 1)
	c.inside("encoder.word.word_dropout", w.WordDropout, 0, 1)
	c.refuse(w.Unknown < 0 || w.Unknown > 1, "encoder.word.unknown", "write a probability from 0 to 1",
		"encoder.word.unknown is %g", w.Unknown)
	c.oneOf("encoder.word.digits", w.Digits, "keep", "normalise")
	c.oneOf("encoder.word.features", w.Features, FeaturesOff, FeaturesHashed)
	c.refuse(w.Features == FeaturesHashed && !c.job.Encoder.of().parts, "encoder.word.features", "set it to off",
		"the encoder %s does not read features of words", c.job.Encoder.Kind)
	c.oneOf("encoder.word.update", w.Update, "sparse", "dense")
	c.vectors()
	c.char()
	c.inputColumns()
	c.atLeast("encoder.lstm.hidden", l.Hidden, 1)
	c.atMost("encoder.lstm.hidden", l.Hidden, maxHidden)
	c.atLeast("encoder.lstm.layers", l.Layers, 1)
	c.atMost("encoder.lstm.layers", l.Layers, maxLayers)
	c.inside("encoder.lstm.dropout", l.Dropout, 0, 1)
	c.inside("encoder.lstm.recurrent_dropout", l.RecurrentDropout, 0, 1)
}

// maxColumns bounds the columns that an encoder reads next to the words.
const maxColumns = 16

func (c *check) inputColumns() {
	e := c.job.Encoder
	c.refuse(len(e.Columns) > 0 && !e.of().parts, "encoder.columns", "remove them",
		"the encoder %s does not read columns next to words", e.Kind)
	c.refuse(len(e.Columns) > maxColumns, "encoder.columns", fmt.Sprintf("name at most %d", maxColumns),
		"encoder.columns has %d columns", len(e.Columns))
	for i, column := range e.Columns {
		p := fmt.Sprintf("encoder.columns[%d]", i)
		c.refuse(column.Field == "", p, "add `field: NAME`, the field of the data that has a value per word",
			"a column of the encoder has no field")
		for k := range i {
			c.refuse(e.Columns[k].Field == column.Field, p+".field", "remove one", "two columns have the field %q",
				column.Field)
		}
		for _, t := range c.job.Tasks {
			c.refuse(t.Field == column.Field, p+".field", "remove the column or the task",
				"task %[2]s must find the column %[1]q", column.Field, t.Name)
		}
		for _, d := range c.job.Data {
			words := column.Field == d.Text || column.Field == d.Tokens || d.Of().Columns && column.Field == "word"
			c.refuse(words && column.Field != "", p+".field", "name another field",
				"the column %q is that of the words of the data set %s", column.Field, d.Name)
		}
		c.atLeast(p+".dim", column.Dim, 1)
		c.atMost(p+".dim", column.Dim, 1024)
		c.refuse(column.Unknown < 0 || column.Unknown >= 1, p+".unknown", "write a probability from 0 to below 1",
			"%s.unknown is %g", p, column.Unknown)
	}
}

func (c *check) char() {
	h := c.job.Encoder.Char
	c.oneOf("encoder.char.kind", h.Kind, CharOff, CharConv)
	c.refuse(h.Kind == CharConv && !c.job.Encoder.of().parts, "encoder.char.kind", "set it to off",
		"the encoder %s does not read characters beside words", c.job.Encoder.Kind)
	c.atLeast("encoder.char.dim", h.Dim, 1)
	c.atMost("encoder.char.dim", h.Dim, 1024)
	c.atLeast("encoder.char.filters", h.Filters, 1)
	c.atMost("encoder.char.filters", h.Filters, 4096)
	c.refuse(h.Width < 1 || h.Width > 15 || h.Width%2 == 0, "encoder.char.width", "write an odd number from 1 to 15",
		"encoder.char.width is %d", h.Width)
}

func (c *check) tasks() {
	j := c.job
	c.refuse(len(j.Tasks) == 0, "tasks", "add `tasks: [{name: topic, kind: classification, data: NAME, field: label}]`",
		"there are no tasks")
	var sets []string
	for _, d := range j.Data {
		sets = append(sets, d.Name)
	}
	for i, t := range j.Tasks {
		p := fmt.Sprintf("tasks[%d]", i)
		c.refuse(t.Name == "" || strings.ContainsAny(t.Name, "./ \t\n"), p,
			"give a short name without spaces, dots and slashes", "%s has the name %q", p, t.Name)
		for k := range i {
			c.refuse(j.Tasks[k].Name == t.Name, p+".name", "rename one", "two tasks are called %q", t.Name)
		}
		kind := t.Of()
		c.oneOf(p+".kind", t.Kind, kindNames()...)
		c.oneOf(p+".data", t.Data, sets...)
		c.refuse(t.Field == "", p, "add `field: NAME`, the field of the data that holds the label", "task %s has no field",
			t.Name)
		if kind.Per == PerWord {
			c.oneOf(p+".scheme", t.Scheme, kind.Schemes...)
			c.refuse(t.Pooling != "", p+".pooling", "remove it: a tagging task labels every word", "task %s has pooling %q",
				t.Name, t.Pooling)
		} else {
			c.oneOf(p+".pooling", t.Pooling, kind.Poolings...)
			c.refuse(t.Scheme != "", p+".scheme", "remove it: only tagging has a scheme", "task %s has scheme %q", t.Name,
				t.Scheme)
		}
		c.oneOf(p+".decoder", t.Decoder, kind.Decoders...)
		c.oneOf(p+".metric", t.Metric, kind.Metrics...)
		c.positive(p+".weight", t.Weight)
		c.inside(p+".label_smoothing", t.LabelSmoothing, 0, 1)
		weighted := "remove it: it is for " + strings.Join(weightedNames(), " and ")
		c.refuse(t.LabelSmoothing > 0 && !kind.Weighted, p+".label_smoothing", weighted, "task %s is a %s", t.Name, t.Kind)
		c.refuse(len(t.ClassWeights) > 0 && !kind.Weighted, p+".class_weights", weighted, "task %s is a %s", t.Name, t.Kind)
		whole := "remove it, or set the task's decoder to linear"
		c.refuse(t.LabelSmoothing > 0 && t.Decoder == crf, p+".label_smoothing", whole,
			"the crf of task %s has one loss for all tags of a text, which label smoothing cannot spread", t.Name)
		c.refuse(len(t.ClassWeights) > 0 && t.Decoder == crf, p+".class_weights", whole,
			"the crf of task %s has one loss for all tags of a text, which class weights cannot divide", t.Name)
		for _, name := range sortedKeys(t.ClassWeights) {
			c.notNegative(p+".class_weights."+name, t.ClassWeights[name])
		}
		c.notNegative(p+".probability", t.Probability)
	}
	c.reads()
	c.sharing()
	for _, name := range sets {
		used := slices.ContainsFunc(j.Tasks, func(t Task) bool { return t.Data == name })
		c.refuse(!used, "data."+name, "remove it, or add a task with `data: "+name+"`", "no task reads the data set %s", name)
	}
}

func (c *check) training() {
	t := c.job.Training
	c.oneOf("training.mode", t.Mode, "sampled", "joint")
	c.balance()
	c.conflict()
	c.notNegative("training.tasks_per_step", float64(t.TasksPerStep))
	c.refuse(t.TasksPerStep > len(c.job.Tasks), "training.tasks_per_step", "write 0 for all",
		"%d tasks a step, and %d tasks in the job", t.TasksPerStep, len(c.job.Tasks))
	c.refuse(t.TasksPerStep > 0 && t.Mode != "joint", "training.tasks_per_step",
		"remove it, or set training.mode to joint", "a sampled step has one task")
	c.oneOf("training.sampling.kind", t.Sampling.Kind, "uniform", "proportional", "temperature", "explicit",
		"round_robin", "annealed")
	c.positive("training.sampling.temperature", t.Sampling.Temperature)
	c.atLeast("training.sampling.cap", t.Sampling.Cap, 0)
	c.refuse(t.Sampling.Alpha < 0 || t.Sampling.Alpha > 1, "training.sampling.alpha", "write a number from 0 to 1",
		"training.sampling.alpha is %g", t.Sampling.Alpha)
	sum := 0.0
	for _, task := range c.job.Tasks {
		sum += task.Probability
	}
	explicit := t.Sampling.Kind == "explicit"
	c.refuse(explicit && sum <= 0, "training.sampling", "give each task a probability",
		"sampling is explicit and no task has a probability")
	c.refuse(!explicit && sum > 0, "training.sampling",
		"set training.sampling.kind to explicit, or remove the tasks' probability",
		"tasks have probabilities and sampling is %s", t.Sampling.Kind)
	c.atLeast("training.batch", t.Batch, 1)
	c.atMost("training.batch", t.Batch, 1<<20)
	c.atLeast("training.shards", t.Shards, 1)
	c.atMost("training.shards", t.Shards, maxShards)
	c.refuse(t.Shards > t.Batch, "training.batch", "raise training.batch or lower training.shards",
		"batch %d is smaller than shards %d", t.Batch, t.Shards)
	c.atLeast("training.epochs", t.Epochs, 0)
	c.atLeast("training.steps", t.Steps, 0)
	c.refuse(t.Epochs > 0 && t.Steps > 0, "training.steps", "keep one of epochs and steps, set the other to 0",
		"both epochs (%d) and steps (%d) are given", t.Epochs, t.Steps)
	c.refuse(t.Epochs == 0 && t.Steps == 0, "training", "give epochs or steps",
		"there is nothing to train: epochs and steps are 0")
	c.notNegative("training.clip", t.Clip)
	c.atLeast("training.evaluate_every", t.EvaluateEvery, 1)
	c.oneOf("training.not_finite", t.NotFinite, "stop", "skip")
	c.atLeast("training.patience", t.Patience, 0)
	c.atLeast("training.measure.every", t.Measure.Every, 0)
	c.oneOf("training.precision", t.Precision, "f32", "bf16")
	s := t.Schedule
	c.oneOf("training.schedule.kind", s.Kind, "constant", "linear", "cosine", "step", "exponential", "inverse")
	c.atLeast("training.schedule.warmup", s.Warmup, 0)
	c.atLeast("training.schedule.every", s.Every, 0)
	c.positive("training.schedule.gamma", s.Gamma)
	a := t.Average
	c.refuse(!(a.Decay >= 0 && a.Decay <= 1), "training.average.decay", "write a number from 0 to 1, such as 0.999",
		"training.average.decay is %g", a.Decay)
	c.atLeast("training.average.from", a.From, 0)
	c.refuse(a.From > 0 && a.Decay == 0, "training.average", "give training.average.decay too, or remove it",
		"an average from step %d has no decay", a.From)
}

func (c *check) optimizer() {
	o, p := c.job.Training.Optimizer, "training.optimizer."
	c.oneOf(p+"kind", o.Kind, "sgd", "adam", "adamw", "rmsprop", "adagrad")
	c.positive(p+"lr", o.LR)
	c.inside(p+"momentum", o.Momentum, 0, 1)
	c.refuse(o.Nesterov && (o.Kind != "sgd" || o.Momentum == 0), p+"nesterov", "use kind: sgd with a momentum above 0",
		"nesterov has no momentum to look ahead with")
	c.inside(p+"beta1", o.Beta1, 0, 1)
	c.inside(p+"beta2", o.Beta2, 0, 1)
	c.inside(p+"alpha", o.Alpha, 0, 1)
	c.positive(p+"eps", o.Eps)
	c.notNegative(p+"weight_decay", o.WeightDecay)
}

func (c *check) cluster() {
	l := c.job.Cluster
	c.atLeast("cluster.min_workers", l.MinWorkers, 1)
	c.atLeast("cluster.checkpoint_every", l.CheckpointEvery, 1)
	c.atLeast("cluster.keep", l.Keep, 1)
	c.oneOf("cluster.candidates", l.Candidates, CandidatesFront, CandidatesTasks, CandidatesOff)
	c.positive("cluster.patience", l.Patience)
	c.refuse(l.Audit < 0 || l.Audit > 1, "cluster.audit", "write a share from 0 to 1", "cluster.audit is %g", l.Audit)
}
