namespace Avion.Training;

/// <summary>What one training minimises: a model, and the loss of a batch under it. Each published training is one objective.</summary>
public abstract class TrainingObjective : IDisposable
{
    /// <summary>Everything that training changes.</summary>
    public abstract ParameterStore Parameters { get; }

    /// <summary>Quantities of the last batch beside the loss, for the log; may be empty. The same memory at each call.</summary>
    public virtual ReadOnlySpan<Scalar> Measurements => [];

    /// <summary>Computes a batch's loss and adds its gradients, times <paramref name="scale"/>, to those of the parameters.</summary>
    /// <param name="batch">The clips.</param>
    /// <param name="scale">1, or less where several batches or ranks make one step.</param>
    /// <returns>The loss, unscaled.</returns>
    public abstract double AddGradients(ClipBatch batch, float scale);

    /// <summary>Called after each update, to hold parameters within bounds.</summary>
    public virtual void AfterUpdate()
    {
    }

    /// <summary>Writes the model, as it will be loaded for use, to a file that is on the disk on return.</summary>
    public abstract void SaveModel(string path);

    /// <summary>Reads what <see cref="SaveModel"/> wrote.</summary>
    public abstract void LoadModel(string path);

    public abstract void Dispose();
}
