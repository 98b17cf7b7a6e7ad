namespace Avion.Compute;

/// <summary>Brings host memory, such as the pixels of a batch, to always the same place on a device, beside the work that the device still
/// has to do.</summary>
/// <remarks>
/// On a GPU the bytes travel on a stream of their own into a second buffer, while the step before still computes; the device's stream then
/// waits for their event and moves them to their place, at the rate of its memory, and the buffer is free for the next batch as soon as
/// that is done. So the upload of batch n + 1 overlaps step n, and what is captured for a step finds its batch where it was.
/// A device that addresses host memory reads it where it is.
/// </remarks>
public sealed unsafe class AheadCopy : IDisposable
{
    private readonly Device _device;
    private readonly CudaDevice? _cuda;
    private readonly nint _stream, _arrived, _moved;
    private nint _buffer, _place;
    private long _capacity;
    private bool _isUsed;

    /// <summary>Opens the way to a device.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="capacity">Bytes to have room for; more are taken when more come.</param>
    public AheadCopy(Device device, long capacity = 0)
    {
        (_device, _cuda) = (device, device as CudaDevice);
        if (_cuda is not null)
        {
            _stream = _cuda.Driver.CreateStream();
            (_arrived, _moved) = (_cuda.Driver.CreateEvent(), _cuda.Driver.CreateEvent());
        }

        Reserve(device.AddressesHostMemory ? 0 : capacity);
    }

    /// <summary>Sends host memory on its way; the device's work from here on finds it in its place.</summary>
    /// <param name="hostMemory">From <see cref="Device.AllocateHostMemory"/>, or the host waits; to be left unchanged until
    /// <see cref="IsCopied"/>.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="type">Element type.</param>
    public Tensor Bring(nint hostMemory, Shape shape, ElementType type)
    {
        if (_device.AddressesHostMemory)
        {
            return Tensor.Wrap(hostMemory, shape, type);
        }

        long bytes = shape.Count * type.SizeInBytes();
        Reserve(bytes);
        if (_cuda is not null && bytes > 0)
        {
            CudaDriver driver = _cuda.Driver;
            if (_isUsed)
            {
                driver.WaitOnDevice(_stream, _moved);
            }

            driver.CopyToDevice(_buffer, (void*)hostMemory, bytes, _stream);
            driver.RecordEvent(_arrived, _stream);
            driver.WaitOnDevice(_cuda.Stream, _arrived);
            driver.CopyOnDevice(_place, _buffer, bytes, _cuda.Stream);
            driver.RecordEvent(_moved, _cuda.Stream);
            _isUsed = true;
        }

        return Tensor.Wrap(_place, shape, type);
    }

    /// <summary>Whether the host memory of the last <see cref="Bring"/> may be written again.</summary>
    public bool IsCopied => _cuda is null || !_isUsed || _cuda.Driver.IsDone(_arrived);

    /// <summary>Waits until the host memory of the last <see cref="Bring"/> may be written again.</summary>
    public void WaitUntilCopied()
    {
        if (_cuda is { Driver.IsLost: false } && _isUsed)
        {
            _cuda.Driver.SynchronizeEvent(_arrived);
        }
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        Free();
        if (_cuda is not null)
        {
            _cuda.Driver.DestroyEvent(_arrived);
            _cuda.Driver.DestroyEvent(_moved);
            _cuda.Driver.DestroyStream(_stream);
        }
    }

    private void Reserve(long bytes)
    {
        if (bytes > _capacity)
        {
            Free();
            (_buffer, _place, _capacity) = (_device.AllocateMemory(bytes), _device.AllocateMemory(bytes), bytes);
        }
    }

    private void Free()
    {
        if (_capacity > 0)
        {
            _device.Settle();
            WaitUntilCopied();
            _device.FreeMemory(_buffer, _capacity);
            _device.FreeMemory(_place, _capacity);
            _capacity = 0;
        }
    }
}
