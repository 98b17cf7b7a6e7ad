namespace Avion.Training.Tests;

public sealed class PhaseClockTests
{
    [Fact]
    public void Shares_are_time_in_phase_over_time_elapsed()
    {
        ManualTime time = new();
        PhaseClock clock = new(["data", "compute"], time);
        for (int step = 0; step < 4; step++)
        {
            using (clock.Measure(0))
            {
                time.Seconds += 1;
            }

            using (clock.Measure(1))
            {
                time.Seconds += 2;
            }

            time.Seconds += 1;
        }

        Assert.Equal((4.0, 8.0, 16.0), (clock.PhaseSeconds(0), clock.PhaseSeconds(1), clock.ElapsedSeconds));
        Assert.Equal((0.25, 0.5), (clock.Share(0), clock.Share(1)));
        clock.Reset();
        Assert.Equal((0.0, 0.0, 0.0), (clock.PhaseSeconds(0), clock.ElapsedSeconds, clock.Share(0)));
    }

    [Fact]
    public void A_mean_of_nothing_is_not_a_number()
    {
        MeanMeter meter = default(MeanMeter);
        Assert.True(double.IsNaN(meter.Mean));
        meter.Add(1);
        meter.Add(4);
        Assert.Equal((2.5, 2L), (meter.Mean, meter.Count));
        meter.Reset();
        Assert.Equal(0, meter.Count);
    }

    private sealed class ManualTime : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
