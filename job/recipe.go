package job

import (
	"slices"
	"strings"
)

// Recipe is the settings that docs/recipes.md suggests for a number of training examples.
type Recipe struct {
	Most     int // examples; 0: any number
	Settings []Setting
}

// Setting is a key with a value, as text.
type Setting struct {
	Key   string // in the form of --set; "tasks.NAME.decoder" and the like stand for each task of Of
	Value string
	Of    func(*Task) bool // the setting is for jobs with such a task; nil: for every job
}

// recipes is the table, fewest examples first. To change a suggestion, change it here and run
// go test ./job -run TestRecipes -update.
var recipes = []Recipe{
	{8_000, append([]Setting{
		{Key: "encoder.word.dropout", Value: "0.5"},
		{Key: "encoder.lstm.dropout", Value: "0.5"},
		{Key: "encoder.lstm.hidden", Value: "200"},
		{Key: "training.batch", Value: "16"},
		{Key: "training.epochs", Value: "20"},
	}, always...)},
	{20_000, append([]Setting{
		{Key: "encoder.word.dropout", Value: "0.5"},
		{Key: "encoder.lstm.dropout", Value: "0.5"},
		{Key: "encoder.lstm.hidden", Value: "200"},
		{Key: "training.batch", Value: "32"},
		{Key: "training.epochs", Value: "20"},
	}, always...)},
	{0, append([]Setting{
		{Key: "encoder.word.dropout", Value: "0.2"},
		{Key: "encoder.lstm.dropout", Value: "0.2"},
		{Key: "encoder.lstm.hidden", Value: "256"},
		{Key: "training.batch", Value: "32"},
		{Key: "training.epochs", Value: "7"},
	}, always...)},
}

// always is the part of a recipe that does not depend on the number of examples.
var always = []Setting{
	{Key: "encoder.word.features", Value: FeaturesHashed},
	{Key: "encoder.char.kind", Value: CharConv, Of: (*Task).Spans},
	{Key: "training.optimizer.kind", Value: "adam"},
	{Key: "training.optimizer.lr", Value: "0.002"},
	{Key: "training.schedule.kind", Value: "linear"},
	{Key: "tasks.NAME.decoder", Value: crf, Of: (*Task).Spans},
}

// RecipeFor returns the recipe for a number of training examples.
func RecipeFor(examples int) Recipe {
	for _, r := range recipes {
		if examples <= r.Most {
			return r
		}
	}
	return recipes[len(recipes)-1]
}

// Overrides returns the recipe's settings for a job, each in the form of --set. They are for the
// encoder lstm; for other encoders there are none.
func (r Recipe) Overrides(j *Job) (all []string) {
	if j.Encoder.Kind != encoders[0].Name {
		return nil
	}
	for _, s := range r.Settings {
		before, after, each := strings.Cut(s.Key, "NAME")
		used := s.Of == nil
		for i := range j.Tasks {
			if t := &j.Tasks[i]; s.Of != nil && s.Of(t) {
				if used = true; each {
					all = append(all, before+t.Name+after+"="+s.Value)
				}
			}
		}
		if used && !each {
			all = append(all, s.Key+"="+s.Value)
		}
	}
	return all
}

// Departures returns the settings of the recipe that j, which Load returned for the same file and
// overrides, does not have. It leaves out a setting that the job cannot have, such as a batch smaller
// than its shards, and the settings after it in the same section, which suit that one.
func (r Recipe) Departures(j *Job, overrides ...string) ([]Change, error) {
	fitting, refused := slices.Clone(overrides), map[string]bool{}
	keys := map[string]bool{}
	for _, s := range r.Overrides(j) {
		key, _, _ := strings.Cut(s, "=")
		section := key[:strings.LastIndex(key, ".")]
		if refused[section] {
			continue
		}
		if _, err := Load(j.File, append(fitting, s)...); err != nil {
			refused[section] = true
			continue
		}
		fitting, keys[key] = append(fitting, s), true
	}
	other, err := Load(j.File, fitting...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(Changes(j, other), func(c Change) bool { return !keys[c.Key] }), nil
}
