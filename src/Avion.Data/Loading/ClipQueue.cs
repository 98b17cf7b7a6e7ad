namespace Avion.Data;

/// <summary>One rank's end of a <see cref="ClipLoader"/>, for the thread that trains the rank.</summary>
public sealed class ClipQueue
{
    private readonly StepQueue _steps;
    private readonly int _rank;

    internal ClipQueue(StepQueue steps, int rank) => (_steps, _rank) = (steps, rank);

    /// <summary>This rank's batch of the next step, or null when the last epoch is over. Dispose the batch when its content is no longer
    /// needed.</summary>
    /// <exception cref="DataException">More clips of all ranks together are bad than allowed, or a thread hangs on a file.</exception>
    /// <exception cref="InvalidOperationException">More batches are held than <see cref="LoaderOptions.BatchesHeld"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the loader can go on.</exception>
    public ClipBatch? Next(CancellationToken cancellation = default) => _steps.Next(_rank, cancellation);
}
