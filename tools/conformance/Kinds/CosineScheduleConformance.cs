namespace Avion.ConformanceTool;

/// <summary>The learning rate of every step under warm-up and cosine.</summary>
internal sealed class CosineScheduleConformance : IConformanceKind
{
    public string Kind => "cosine_schedule";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        int epochs = fixture.Int("epochs"), stepsPerEpoch = fixture.Int("iterations_per_epoch");
        WarmupCosineSchedule schedule = new(fixture.Double("base"), fixture.Double("final"), epochs, stepsPerEpoch,
            fixture.Double("warmup_epochs"), fixture.Double("warmup_start"));
        double[] rates = [.. Enumerable.Range(0, epochs * stepsPerEpoch).Select(step => schedule.At(step))];
        figures.Numbers("learning rates", rates, fixture.Doubles("values"), FigureList.DoubleTolerance);
    }
}
