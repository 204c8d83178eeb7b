package nn

// MSE is the squared error: Σ (prediction - target)², normalised by the number of targets. A target
// that is NaN is missing: no loss, no gradient.
type MSE struct{}

// Loss returns the sum over the given rows and the number of targets, and writes
// scale·2(prediction - target) to their dPrediction, 0 if the target is missing.
//
//	prediction, target, dPrediction (N)
func (MSE) Loss(prediction, target []float32, rows []int32, scale float32, dPrediction []float32) (sum, norm float64) {
	for _, r := range rows {
		if target[r] != target[r] {
			dPrediction[r] = 0
			continue
		}
		d := prediction[r] - target[r]
		sum += float64(float64(d) * float64(d))
		norm++
		dPrediction[r] = scale * (2 * d)
	}
	return sum, norm
}
