namespace Avion.Training;

/// <summary>The batch of a rank's newest step, which a device may still read: the one before goes back to its loader
/// when the step is given.</summary>
/// <remarks>
/// <code>
/// using (held.Replace(next))
/// {
///     // Gives the step on the next batch to the device, and takes the result of the step before.
/// }
/// </code>
/// Also a step that fails gives the batch before back; the newest goes back when this is disposed.
/// </remarks>
internal sealed class HeldBatch : IDisposable
{
    /// <summary>The newest; null before the first.</summary>
    public ClipBatch? Current { get; private set; }

    /// <summary>Holds another batch.</summary>
    /// <returns>The one before, to be disposed once the step on the new one was given to the device.</returns>
    public ClipBatch? Replace(ClipBatch next)
    {
        ClipBatch? before = Current;
        Current = next;
        return before;
    }

    /// <inheritdoc />
    public void Dispose() => Current?.Dispose();
}
