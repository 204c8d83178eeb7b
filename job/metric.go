package job

// Direction says which values of a metric are good.
type Direction int

// The directions.
const (
	HigherIsBetter Direction = iota + 1 // a share or a correlation, at most 1
	LowerIsBetter                       // an error, 0 at best, without an upper bound
)

// directions has every metric that a score of any task gives.
var directions = map[string]Direction{
	"accuracy":       HigherIsBetter,
	"joint_accuracy": HigherIsBetter,
	"precision":      HigherIsBetter,
	"recall":         HigherIsBetter,
	"f1":             HigherIsBetter,
	"macro_f1":       HigherIsBetter,
	"micro_f1":       HigherIsBetter,
	"pearson":        HigherIsBetter,
	"mse":            LowerIsBetter,
	"mae":            LowerIsBetter,
}

// DirectionOf returns the direction of a metric, 0 for a name that is none.
func DirectionOf(metric string) Direction { return directions[metric] }
