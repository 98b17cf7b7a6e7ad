namespace Avion.Training;

/// <summary>A rank other than rank 0: takes the steps that rank 0 takes, and tells nobody.</summary>
/// <param name="place">Where it runs.</param>
/// <param name="rank">What steps.</param>
/// <param name="plan">Steps of an epoch.</param>
/// <param name="gate">What rank 0 decides.</param>
internal sealed class FollowingRank(RankPlace place, TrainingRank rank, BatchPlan plan, StepGate gate)
{
    private readonly StepSchedule _schedule = new(rank.Task.Setup.Recipe, plan.StepsPerEpoch);

    /// <summary>Steps until rank 0 takes no more.</summary>
    /// <param name="step">Steps of the run before.</param>
    /// <param name="failed">Ends a wait for clips.</param>
    public void Run(long step, CancellationToken failed)
    {
        using HeldBatch held = new();
        for (; gate.WaitFor(step); step++)
        {
            ClipBatch batch = gate.Loader.QueueOf(place.Rank).Next(failed)
                ?? throw new InvalidOperationException("Rank 0 has clips for a step, this rank has none. This is a bug in Avion.");

            // The step before is over when its result is there to be taken.
            using (held.Replace(batch))
            {
                rank.Run(batch, step, _schedule.At(step));
                rank.Step.TryTake(out _);
            }
        }

        rank.Step.TryFlush(out _);
    }
}
