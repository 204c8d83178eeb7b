package train_test

import (
	"testing"

	"go.uber.org/goleak"
)

// No goroutine is left when trainings have ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
