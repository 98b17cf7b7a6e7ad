using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The buffers into which OpenBLAS packs its operands: one for each thread that multiplies, taken before the first product.</summary>
/// <remarks>
/// OpenBLAS maps a buffer when a product finds none free, and tries for ever where the process may have no more memory: the thread spins
/// and the product never returns. So as many buffers as threads can use are mapped beforehand, each after a look whether there is room.
/// They are address space until a product touches them, and stay mapped.
/// </remarks>
internal sealed unsafe class OpenBlasBuffers
{
    /// <summary>The largest buffer of any processor that OpenBLAS knows kernels with AVX2 or AVX-512 for.</summary>
    private const int BufferBytes = 128 << 20;

    /// <summary>Every build has room for at least so many buffers, and ends the process beyond; a few stay for other callers.</summary>
    private const int MostBuffers = 48;

    private static readonly ConcurrentDictionary<nint, OpenBlasBuffers?> s_all = new();

    private readonly delegate* unmanaged<int, void*> _allocate;
    private readonly delegate* unmanaged<void*, void> _free;
    private readonly object _gate = new();
    private int _threads;
    private int _mapped;

    private OpenBlasBuffers(nint allocate, nint free)
    {
        _allocate = (delegate* unmanaged<int, void*>)allocate;
        _free = (delegate* unmanaged<void*, void>)free;
    }

    /// <summary>The buffers of an opened library, which all who open it share; null where it does not export its allocator.</summary>
    public static OpenBlasBuffers? Of(nint library) => s_all.GetOrAdd(library, static handle =>
        NativeLibrary.TryGetExport(handle, "blas_memory_alloc", out nint allocate)
        && NativeLibrary.TryGetExport(handle, "blas_memory_free", out nint free)
            ? new OpenBlasBuffers(allocate, free)
            : null);

    /// <summary>Makes room for more threads.</summary>
    /// <exception cref="OutOfMemoryException">The process may not have that much memory.</exception>
    public void Reserve(int threads, string library)
    {
        lock (_gate)
        {
            int wanted = Math.Min(_threads + threads, MostBuffers);
            if (wanted > _mapped)
            {
                Map(wanted, library);
                _mapped = wanted;
            }

            _threads += threads;
        }
    }

    /// <summary>So many threads call no more; their buffers stay for the next ones.</summary>
    public void Release(int threads)
    {
        lock (_gate)
        {
            _threads -= threads;
        }
    }

    /// <summary>Holds so many buffers at once, and gives them back: then there are so many.</summary>
    private void Map(int count, string library)
    {
        void** buffers = stackalloc void*[MostBuffers];
        int held = 0;
        try
        {
            for (; held < count; held++)
            {
                RequireRoom(count - held, library);
                buffers[held] = _allocate(0);
            }
        }
        finally
        {
            while (held > 0)
            {
                _free(buffers[--held]);
            }
        }
    }

    private static void RequireRoom(int missing, string library)
    {
        try
        {
            NativeMemory.Free(NativeMemory.Alloc(BufferBytes));
        }
        catch (OutOfMemoryException)
        {
            throw new OutOfMemoryException($"{library} needs {BufferBytes >> 20} MiB of address space for each of {missing} more threads, "
                + "which this process cannot have. Raise its limit (ulimit -v), compute on fewer threads (--threads), or choose another matrix "
                + "library (AVION_BLAS=managed).");
        }
    }
}
