using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>What of oneDNN's C interface a product of bfloat16 takes, in its second and its third generation.</summary>
/// <remarks>
/// The generations differ in who owns the description of a matrix, the caller or the library, and in how a product and a sum are described.
/// Statuses that are not 0 become exceptions.
/// Source: github.com/uxlfoundation/oneDNN, include/oneapi/dnnl/dnnl.h and dnnl_types.h of releases 2.6 and 3.7.
/// </remarks>
internal sealed unsafe class OneDnnInterface
{
    /// <summary>Room for the description of a matrix: more than any release of the second generation takes.</summary>
    public const int DescriptionBytes = 1024;

    /// <summary>An extent or a stride that only a call tells.</summary>
    public const long Unknown = long.MinValue;

    private const int BFloat16Type = 2, Float32Type = 3;
    private const int Success = 0, OutOfMemory = 1;
    private const int Processor = 1, InOrder = 1, ScratchOfCaller = 1, QueryScratch = 136;

    // A product's description of the second generation holds those of four matrices.
    private const int ProductBytes = 5 * DescriptionBytes;

    // Bits that name instruction sets: those of AVX-512 with bfloat16, which every set with AMX includes.
    private const int BFloat16Instructions = 0xE7;

    private readonly string _name;
    private readonly bool _isThird;
    private readonly nint _describe, _destroyDescription, _sizeOf, _describeProduct, _createDescription, _destroyProductDescription;
    private readonly nint _createSettings, _destroySettings, _setScratch, _createSum, _appendSum, _setSum, _destroySum, _query;
    private readonly nint _createProduct, _execute, _createStream, _destroyStream, _createMemory, _destroyMemory, _instructions;
    private readonly nint _engine;

    private OneDnnInterface(Func<string, nint> export, Version version)
    {
        bool isThird = version.Major == 3;
        (_name, _isThird) = ($"oneDNN {version}", isThird);
        nint Find(string function) => export("dnnl_" + function);
        _describe = Find(isThird ? "memory_desc_create_with_strides" : "memory_desc_init_by_strides");
        _destroyDescription = isThird ? Find("memory_desc_destroy") : 0;
        _sizeOf = Find("memory_desc_get_size");
        _describeProduct = Find(isThird ? "matmul_primitive_desc_create" : "matmul_desc_init");
        _createDescription = isThird ? 0 : Find("primitive_desc_create");
        _destroyProductDescription = Find("primitive_desc_destroy");
        _createSettings = Find("primitive_attr_create");
        _destroySettings = Find("primitive_attr_destroy");
        _setScratch = Find("primitive_attr_set_scratchpad_mode");
        _createSum = Find("post_ops_create");
        _appendSum = Find("post_ops_append_sum");
        _setSum = Find("primitive_attr_set_post_ops");
        _destroySum = Find("post_ops_destroy");
        _query = Find("primitive_desc_query_md");
        _createProduct = Find("primitive_create");
        _execute = Find("primitive_execute");
        _createStream = Find("stream_create");
        _destroyStream = Find("stream_destroy");
        _createMemory = Find("memory_create");
        _destroyMemory = Find("memory_destroy");
        _instructions = Find("get_effective_cpu_isa");
        nint engine;
        Check(((delegate* unmanaged<nint*, int, nuint, int>)Find("engine_create"))(&engine, Processor, 0), "engine_create");
        _engine = engine;
    }

    /// <summary>Whether the library has kernels here that multiply bfloat16 by instructions of the processor.</summary>
    public bool HasBFloat16Instructions =>
        (((delegate* unmanaged<int>)_instructions)() & BFloat16Instructions) == BFloat16Instructions;

    /// <summary>The functions of a library; null where it is of another generation or lacks one.</summary>
    /// <param name="export">The address of a function; <see cref="EntryPointNotFoundException"/> where there is none.</param>
    /// <param name="version">The library's release.</param>
    public static OneDnnInterface? TryCreate(Func<string, nint> export, Version? version)
    {
        if (version?.Major is not (2 or 3))
        {
            return null;
        }

        try
        {
            return new OneDnnInterface(export, version);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Describes a matrix of bfloat16 or float32.</summary>
    /// <param name="rows">Extent, or <see cref="Unknown"/>.</param>
    /// <param name="columns">Extent, or <see cref="Unknown"/>.</param>
    /// <param name="stride">Elements from one stored row to the next, or <see cref="Unknown"/>.</param>
    /// <param name="isTransposed">Whether stored rows are columns.</param>
    /// <param name="isBFloat16">Whether elements are of bfloat16.</param>
    /// <param name="room"><see cref="DescriptionBytes"/> bytes, which stay the caller's and must outlive the description.</param>
    /// <returns>The description, for <see cref="Forget"/>.</returns>
    public nint DescribeMatrix(long rows, long columns, long stride, bool isTransposed, bool isBFloat16, byte* room)
    {
        const int Dimensions = 2;
        int type = isBFloat16 ? BFloat16Type : Float32Type;

        // The library reads a dozen extents, whatever their number.
        long* extents = stackalloc long[12], strides = stackalloc long[12];
        (extents[0], extents[1]) = (rows, columns);
        (strides[0], strides[1]) = isTransposed ? (1L, stride) : (stride, 1L);
        Check(((delegate* unmanaged<void*, int, long*, int, long*, int>)_describe)(room, Dimensions, extents, type, strides), "memory_desc");
        return _isThird ? *(nint*)room : (nint)room;
    }

    /// <summary>Gives back what the library holds of a description.</summary>
    public void Forget(nint description)
    {
        if (_isThird)
        {
            _ = ((delegate* unmanaged<nint, int>)_destroyDescription)(description);
        }
    }

    /// <summary>Makes a product of described matrices, for calls from any threads.</summary>
    /// <param name="a">Of A.</param>
    /// <param name="b">Of B.</param>
    /// <param name="c">Of C.</param>
    /// <param name="accumulates">Whether it adds to C.</param>
    /// <param name="scratchBytes">Memory that each call gives.</param>
    /// <param name="scratchDescription">What describes that memory.</param>
    public nint CreateProduct(nint a, nint b, nint c, bool accumulates, out long scratchBytes, out nint scratchDescription)
    {
        nint settings, description, product;
        Check(((delegate* unmanaged<nint*, int>)_createSettings)(&settings), "primitive_attr_create");
        try
        {
            Check(((delegate* unmanaged<nint, int, int>)_setScratch)(settings, ScratchOfCaller), "primitive_attr_set_scratchpad_mode");
            if (accumulates)
            {
                AddSum(settings);
            }

            if (_isThird)
            {
                Check(((delegate* unmanaged<nint*, nint, nint, nint, nint, nint, nint, int>)_describeProduct)(
                    &description, _engine, a, b, 0, c, settings), "matmul_primitive_desc_create");
            }
            else
            {
                byte* room = stackalloc byte[ProductBytes];
                Check(((delegate* unmanaged<byte*, nint, nint, nint, nint, int>)_describeProduct)(room, a, b, 0, c), "matmul_desc_init");
                Check(((delegate* unmanaged<nint*, byte*, nint, nint, nint, int>)_createDescription)(&description, room, settings, _engine, 0),
                    "primitive_desc_create");
            }
        }
        finally
        {
            _ = ((delegate* unmanaged<nint, int>)_destroySettings)(settings);
        }

        // The description of a product stays: that of its scratch is part of it.
        scratchDescription = ((delegate* unmanaged<nint, int, int, nint>)_query)(description, QueryScratch, 0);
        scratchBytes = scratchDescription == 0 ? 0 : (long)((delegate* unmanaged<nint, nuint>)_sizeOf)(scratchDescription);
        int status = ((delegate* unmanaged<nint*, nint, int>)_createProduct)(&product, description);
        if (status != Success)
        {
            _ = ((delegate* unmanaged<nint, int>)_destroyProductDescription)(description);
            Check(status, "primitive_create");
        }

        return product;
    }

    /// <summary>Memory as a product reads or writes it, for <see cref="DestroyMemory"/>.</summary>
    public nint CreateMemory(nint description, void* address)
    {
        nint memory;
        Check(((delegate* unmanaged<nint*, nint, nint, void*, int>)_createMemory)(&memory, description, _engine, address), "memory_create");
        return memory;
    }

    /// <summary>Gives back the library's view of memory, not the memory; 0 is nothing.</summary>
    public void DestroyMemory(nint memory) => _ = ((delegate* unmanaged<nint, int>)_destroyMemory)(memory);

    /// <summary>What one thread's calls run in, for <see cref="DestroyStream"/>.</summary>
    public nint CreateStream()
    {
        nint stream;
        Check(((delegate* unmanaged<nint*, nint, uint, int>)_createStream)(&stream, _engine, InOrder), "stream_create");
        return stream;
    }

    /// <summary>Gives a stream back; 0 is nothing.</summary>
    public void DestroyStream(nint stream) => _ = ((delegate* unmanaged<nint, int>)_destroyStream)(stream);

    /// <summary>Runs a product on the calling thread.</summary>
    /// <returns>The status.</returns>
    public int Execute(nint product, nint stream, int count, OneDnnArgument* arguments) =>
        ((delegate* unmanaged<nint, nint, int, OneDnnArgument*, int>)_execute)(product, stream, count, arguments);

    /// <summary>Throws where a function failed.</summary>
    /// <exception cref="OutOfMemoryException">The process may not have more memory.</exception>
    public void Check(int status, string function)
    {
        if (status == OutOfMemory)
        {
            throw new OutOfMemoryException(
                $"{_name} has no memory left for a product (dnnl_{function}). Choose a smaller batch, or give the process more memory.");
        }

        if (status != Success)
        {
            throw new InvalidOperationException($"{_name}: dnnl_{function} failed with status {status}. This is a bug in Avion.");
        }
    }

    private void AddSum(nint settings)
    {
        const float Factor = 1;
        nint sum;
        Check(((delegate* unmanaged<nint*, int>)_createSum)(&sum), "post_ops_create");
        try
        {
            // The third generation asks for a zero point as well, and for the type that C is read as: 0 for its own.
            Check(_isThird
                ? ((delegate* unmanaged<nint, float, int, int, int>)_appendSum)(sum, Factor, 0, 0)
                : ((delegate* unmanaged<nint, float, int>)_appendSum)(sum, Factor), "post_ops_append_sum");
            Check(((delegate* unmanaged<nint, nint, int>)_setSum)(settings, sum), "primitive_attr_set_post_ops");
        }
        finally
        {
            _ = ((delegate* unmanaged<nint, int>)_destroySum)(sum);
        }
    }
}

/// <summary>dnnl_exec_arg_t: which argument, and its memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct OneDnnArgument(int index, nint memory)
{
    /// <summary>A, B, C, and what the library writes intermediate results to.</summary>
    public const int Left = 1, Right = 33, Target = 17, Scratch = 80;

    private readonly int _index = index;
    private readonly nint _memory = memory;
}
