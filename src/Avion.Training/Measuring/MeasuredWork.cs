namespace Avion.Training;

/// <summary>A model and a batch of made-up inputs, from which a step computes a loss.</summary>
/// <remarks>Clips are noise, for the time of a step does not depend on what they show.</remarks>
public abstract class MeasuredWork : IDisposable
{
    /// <summary>Clips of a batch.</summary>
    public abstract int BatchSize { get; }

    /// <summary>How parameters are updated.</summary>
    public abstract OptimizerRecipe Optimizer { get; }

    /// <summary>Makes the model, on the device that computes or on one that plans.</summary>
    public abstract Model CreateModel(Device device);

    /// <summary>The loss of the batch, by a model that <see cref="CreateModel"/> made.</summary>
    public abstract Tensor Loss(Tape tape, Model model);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the inputs.</summary>
    protected abstract void Dispose(bool disposing);
}
