namespace Avion.Training;

/// <summary>One optimizer step: gradients of a batch, summed over the ranks, clipped, applied.</summary>
internal sealed class TrainStep(
    TrainingObjective objective, Optimizer optimizer, double normBound, Communicator communicator, Device device)
{
    /// <summary>Loss of the last step on this rank.</summary>
    public double Loss { get; private set; }

    /// <summary>Norm of all gradients of the last step, before clipping.</summary>
    public double GradientNorm { get; private set; }

    /// <exception cref="RunException">The loss or the gradient is not finite. The parameters are those before the step.</exception>
    public void Run(ClipBatch batch, double learningRate)
    {
        using PhaseScope phase = device.Phase("step");
        StepBlock block = optimizer.Block;
        block.Begin(learningRate, normBound);
        objective.Parameters.ClearGradients();
        Loss = objective.AddGradients(batch, 1f / communicator.RankCount);
        communicator.AllReduceSum(objective.Parameters.Gradients);
        GlobalNorm.SumOfSquares(device, objective.Parameters.Gradients, block.SumOfSquares);
        GradientScale.Set(device, loss: default, block.Memory);
        GradientNorm = block.Read().GradientNorm;
        if (!double.IsFinite(Loss) || !double.IsFinite(GradientNorm))
        {
            throw NotFinite(batch, learningRate);
        }

        using PhaseScope update = device.Phase("update");
        optimizer.Step();
        objective.AfterUpdate();
    }

    private RunException NotFinite(ClipBatch batch, double learningRate) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"Training stopped at epoch {batch.Position.Epoch}, step {batch.Position.Step} of it: the loss is {Loss} and the norm of the gradients "
        + $"{GradientNorm}, expected finite numbers (learning rate {learningRate:G3}; first samples of the batch "
        + $"{string.Join(", ", batch.SampleIds[..Math.Min(4, batch.Count)].ToArray())}). No checkpoint holds this state. Start again with a "
        + $"smaller optimizer.learning_rate, or with optimizer.clip_gradient_norm=1."));
}
