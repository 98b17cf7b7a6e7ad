// C [m, n] (+)= op(A) [m, k] · op(B) [k, n]
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Products of bfloat16 by oneDNN's matmul primitive, to float32.</summary>
/// <remarks>
/// A primitive is made once for each of the eight kinds of product, for extents and strides that each call tells: on the shapes of training
/// steps that is as fast as one made for the shape (docs/numerics.md, "Matrix products"), and a batch whose captions are of other lengths makes
/// none anew. A call takes a few hundred bytes of the library for itself, so calls share nothing that one of them writes.
/// </remarks>
internal sealed unsafe class OneDnnProducts
{
    private const int Kinds = 8;

    private static readonly ConcurrentDictionary<nint, OneDnnProducts?> s_all = new();

    private readonly OneDnnInterface _oneDnn;
    private readonly bool _holdsSignals;
    private readonly Product?[] _products = new Product?[Kinds];

    internal OneDnnProducts(OneDnnInterface oneDnn, bool holdsSignals) => (_oneDnn, _holdsSignals) = (oneDnn, holdsSignals);

    /// <summary>The products of an opened library, which all who open it share; null where the processor has no instructions for them, or where the
    /// library is of a generation that Avion does not know.</summary>
    /// <param name="library">Its handle.</param>
    /// <param name="version">Its release.</param>
    /// <param name="holdsSignals">Whether no signal may reach a thread inside a kernel.</param>
    public static OneDnnProducts? Of(nint library, Version? version, bool holdsSignals) => s_all.GetOrAdd(library, handle =>
        OneDnnInterface.TryCreate(name => NativeLibrary.GetExport(handle, name), version) is { HasBFloat16Instructions: true } functions
            ? new OneDnnProducts(functions, holdsSignals)
            : null);

    /// <summary>Computes C, of extents that are not 0.</summary>
    public void Multiply(bool transposeA, bool transposeB, int m, int n, int k, BFloat16* a, int strideA, BFloat16* b, int strideB,
        bool accumulate, float* c, int strideC)
    {
        Product product = For(transposeA, transposeB, accumulate);
        byte* rooms = stackalloc byte[3 * OneDnnInterface.DescriptionBytes];
        void* scratch = null;
        nint stream = 0;
        OneDnnArgument* arguments = stackalloc OneDnnArgument[4];
        Operand left = default, right = default, target = default;
        nint scratchMemory = 0;
        try
        {
            left = Open(m, k, strideA, transposeA, true, a, rooms);
            right = Open(k, n, strideB, transposeB, true, b, rooms + OneDnnInterface.DescriptionBytes);
            target = Open(m, n, strideC, false, false, c, rooms + (2 * OneDnnInterface.DescriptionBytes));
            int count = 3;
            (arguments[0], arguments[1]) = (new(OneDnnArgument.Left, left.Memory), new(OneDnnArgument.Right, right.Memory));
            arguments[2] = new(OneDnnArgument.Target, target.Memory);
            if (product.ScratchBytes > 0)
            {
                scratch = NativeMemory.AlignedAlloc((nuint)product.ScratchBytes, Device.Alignment);
                scratchMemory = _oneDnn.CreateMemory(product.ScratchDescription, scratch);
                arguments[count++] = new(OneDnnArgument.Scratch, scratchMemory);
            }

            stream = _oneDnn.CreateStream();
            int status;
            using (HeldSignals signals = _holdsSignals ? HeldSignals.Hold() : default)
            {
                status = _oneDnn.Execute(product.Primitive, stream, count, arguments);
            }

            _oneDnn.Check(status, "primitive_execute");
        }
        finally
        {
            _oneDnn.DestroyStream(stream);
            _oneDnn.DestroyMemory(scratchMemory);
            NativeMemory.AlignedFree(scratch);
            Close(target);
            Close(right);
            Close(left);
        }
    }

    private Operand Open(int rows, int columns, int stride, bool isTransposed, bool isBFloat16, void* address, byte* room)
    {
        nint description = _oneDnn.DescribeMatrix(rows, columns, stride, isTransposed, isBFloat16, room);
        try
        {
            return new Operand(description, _oneDnn.CreateMemory(description, address));
        }
        catch
        {
            _oneDnn.Forget(description);
            throw;
        }
    }

    private void Close(Operand operand)
    {
        if (operand.Description != 0)
        {
            _oneDnn.DestroyMemory(operand.Memory);
            _oneDnn.Forget(operand.Description);
        }
    }

    private Product For(bool transposeA, bool transposeB, bool accumulate)
    {
        int kind = (transposeA ? 1 : 0) | (transposeB ? 2 : 0) | (accumulate ? 4 : 0);
        if (Volatile.Read(ref _products[kind]) is { } product)
        {
            return product;
        }

        lock (_products)
        {
            return _products[kind] ??= Create(transposeA, transposeB, accumulate);
        }
    }

    private Product Create(bool transposeA, bool transposeB, bool accumulate)
    {
        const long Unknown = OneDnnInterface.Unknown;
        byte* rooms = stackalloc byte[3 * OneDnnInterface.DescriptionBytes];
        nint a = _oneDnn.DescribeMatrix(Unknown, Unknown, Unknown, transposeA, true, rooms);
        nint b = _oneDnn.DescribeMatrix(Unknown, Unknown, Unknown, transposeB, true, rooms + OneDnnInterface.DescriptionBytes);
        nint c = _oneDnn.DescribeMatrix(Unknown, Unknown, Unknown, false, false, rooms + (2 * OneDnnInterface.DescriptionBytes));
        try
        {
            nint primitive = _oneDnn.CreateProduct(a, b, c, accumulate, out long scratchBytes, out nint scratchDescription);
            return new Product(primitive, scratchBytes, scratchDescription);
        }
        finally
        {
            _oneDnn.Forget(a);
            _oneDnn.Forget(b);
            _oneDnn.Forget(c);
        }
    }

    private sealed record Product(nint Primitive, long ScratchBytes, nint ScratchDescription);

    private readonly record struct Operand(nint Description, nint Memory);
}
