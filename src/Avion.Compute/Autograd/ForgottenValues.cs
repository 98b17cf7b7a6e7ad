namespace Avion.Compute;

/// <summary>Which results gave their memory back before the backward pass, and which operations can make them again.</summary>
internal sealed class ForgottenValues
{
    private Node?[] _makers = new Node?[512];
    private int _end;

    /// <summary>Remembers that the value of a gradient slot is gone.</summary>
    public void Add(int slot, Node maker)
    {
        if (slot >= _makers.Length)
        {
            Array.Resize(ref _makers, Math.Max(slot + 1, _makers.Length * 2));
        }

        _makers[slot] = maker;
        _end = Math.Max(_end, slot + 1);
    }

    /// <summary>The operation that makes the value again; null if it is there.</summary>
    public Node? MakerOf(int slot) => slot < _end ? _makers[slot] : null;

    public void Reset()
    {
        Array.Clear(_makers, 0, _end);
        _end = 0;
    }
}
