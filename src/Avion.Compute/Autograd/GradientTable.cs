namespace Avion.Compute;

/// <summary>The gradients of step-scoped tensors during a backward pass: slots that share counted buffers.</summary>
/// <remarks>
/// An addition passes its gradient on to both inputs without a copy: their slots share one buffer. A shared buffer is copied only
/// when somebody is about to add to it, so sharing is never seen by a kernel.
/// </remarks>
internal sealed class GradientTable
{
    private const int None = -1;

    private readonly Device _device;
    private readonly Arena _arena;
    private Slot[] _slots = new Slot[512];
    private Buffer[] _buffers = new Buffer[512];
    private int _slotCount;
    private int _bufferCount;
    private int _freeBuffer = None;

    public GradientTable(Device device, Arena arena)
    {
        _device = device;
        _arena = arena;
    }

    private struct Slot
    {
        public Shape Shape;
        public ElementType Type;
        public int Buffer;
    }

    private struct Buffer
    {
        public nint Memory;
        public int References;
        public int NextFree;
    }

    public int NewSlot(Shape shape, ElementType type)
    {
        if (_slotCount == _slots.Length)
        {
            Array.Resize(ref _slots, _slots.Length * 2);
        }

        _slots[_slotCount] = new Slot { Shape = shape, Type = type, Buffer = None };
        return _slotCount++;
    }

    public void Reset()
    {
        _slotCount = 0;
        _bufferCount = 0;
        _freeBuffer = None;
    }

    public bool Has(int slot) => _slots[slot].Buffer != None;

    public Tensor Get(int slot) => Wrap(_slots[slot].Buffer, slot);

    /// <summary>A buffer to write to (<paramref name="accumulate"/> false: content undefined) or to add to.</summary>
    public Tensor ForWriting(int slot, out bool accumulate)
    {
        accumulate = Has(slot);
        if (!accumulate)
        {
            _slots[slot].Buffer = NewBuffer(slot);
        }
        else if (_buffers[_slots[slot].Buffer].References > 1)
        {
            Tensor shared = Get(slot);
            int copy = NewBuffer(slot);
            _device.Copy(shared, Wrap(copy, slot));
            Release(slot);
            _slots[slot].Buffer = copy;
        }

        return Get(slot);
    }

    /// <summary>Lets an empty slot share the buffer of another.</summary>
    public void Share(int from, int to)
    {
        _slots[to].Buffer = _slots[from].Buffer;
        _buffers[_slots[to].Buffer].References++;
    }

    public void Release(int slot)
    {
        int buffer = _slots[slot].Buffer;
        if (buffer == None)
        {
            return;
        }

        _slots[slot].Buffer = None;
        if (--_buffers[buffer].References == 0)
        {
            _arena.Free(_buffers[buffer].Memory);
            _buffers[buffer].NextFree = _freeBuffer;
            _freeBuffer = buffer;
        }
    }

    private int NewBuffer(int slot)
    {
        int buffer = _freeBuffer;
        if (buffer != None)
        {
            _freeBuffer = _buffers[buffer].NextFree;
        }
        else
        {
            if (_bufferCount == _buffers.Length)
            {
                Array.Resize(ref _buffers, _buffers.Length * 2);
            }

            buffer = _bufferCount++;
        }

        long bytes = _slots[slot].Shape.Count * _slots[slot].Type.SizeInBytes();
        _device.CountTensor(_slots[slot].Type, bytes);
        _buffers[buffer] = new Buffer { Memory = _arena.Allocate(bytes), References = 1 };
        return buffer;
    }

    private Tensor Wrap(int buffer, int slot) => new(_buffers[buffer].Memory, _slots[slot].Shape, _slots[slot].Type);
}
