package job

// Direction is the direction in which a metric improves.
type Direction int

// The directions.
const (
	HigherIsBetter Direction = iota + 1 // a share or a correlation, at most 1
	LowerIsBetter                       // an error, 0 at best, without an upper bound
)

// directions has an entry for every metric of every kind.
var directions = map[string]Direction{
	"accuracy":          HigherIsBetter,
	"joint_accuracy":    HigherIsBetter,
	"sentence_accuracy": HigherIsBetter,
	"precision":         HigherIsBetter,
	"recall":            HigherIsBetter,
	"f1":                HigherIsBetter,
	"macro_f1":          HigherIsBetter,
	"micro_f1":          HigherIsBetter,
	"pearson":           HigherIsBetter,
	"mse":               LowerIsBetter,
	"mae":               LowerIsBetter,
}

// DirectionOf returns the direction of a metric, or 0 if there is no such metric.
func DirectionOf(metric string) Direction { return directions[metric] }
