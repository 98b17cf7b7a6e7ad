namespace Avion.Training;

/// <summary>The features of a batch that is computed in parts, and their gradients, from one pass over the parts to the next.</summary>
/// <remarks>V, T, dV, dT [B, E] of the activations' type; memory is taken with the first batch.</remarks>
internal sealed class HeldFeatures(Device device) : IDisposable
{
    private readonly Tape _memory = new(device);
    private PairFeatures _features, _gradients;

    /// <summary>What the four take.</summary>
    public long Bytes => 2 * (_features.Video.ByteCount + _features.Text.ByteCount);

    /// <summary>Keeps the rows of a part.</summary>
    /// <param name="part">Its features.</param>
    /// <param name="firstRow">Its first sample's number in the batch.</param>
    /// <param name="rowCount">B.</param>
    public void Keep(in PairFeatures part, int firstRow, int rowCount)
    {
        if (_features.Video.IsAbsent || _features.Video.Shape.Rows != rowCount)
        {
            _memory.Reset();
            _features = new PairFeatures(Room(part.Video, rowCount), Room(part.Text, rowCount));
            _gradients = new PairFeatures(Room(part.Video, rowCount), Room(part.Text, rowCount));
        }

        device.Copy(part.Video, RowsOf(_features.Video, firstRow, part.Video));
        device.Copy(part.Text, RowsOf(_features.Text, firstRow, part.Text));
    }

    /// <summary>The features of the batch, as tensors whose gradients a backward pass finds.</summary>
    public PairFeatures Leaves(Tape tape) => new(tape.Leaf(_features.Video), tape.Leaf(_features.Text));

    /// <summary>Keeps the gradients of <see cref="Leaves"/>.</summary>
    public void TakeGradients(Tape tape, in PairFeatures leaves)
    {
        Take(tape, leaves.Video, _gradients.Video);
        Take(tape, leaves.Text, _gradients.Text);
    }

    /// <summary>Gives the features of a part, computed again, their gradients; frozen towers want none.</summary>
    public void Seed(Tape tape, in PairFeatures part, int firstRow)
    {
        Seed(tape, part.Video, _gradients.Video, firstRow);
        Seed(tape, part.Text, _gradients.Text, firstRow);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _memory.Dispose();

    private static void Seed(Tape tape, Tensor part, Tensor gradients, int firstRow)
    {
        if (tape.Wants(part))
        {
            tape.SeedGradient(part, RowsOf(gradients, firstRow, part));
        }
    }

    private static Tensor RowsOf(Tensor all, int firstRow, Tensor part) =>
        all.Part((long)firstRow * part.Shape.Columns, part.Count).Reshape(part.Shape);

    private Tensor Room(Tensor part, int rowCount) => _memory.Allocate(new Shape(rowCount, part.Shape.Columns), part.Type);

    private void Take(Tape tape, Tensor leaf, Tensor gradient)
    {
        if (tape.TryGetGradient(leaf, out Tensor found))
        {
            device.Copy(found, gradient);
        }
        else
        {
            device.Clear(gradient);
        }
    }
}
