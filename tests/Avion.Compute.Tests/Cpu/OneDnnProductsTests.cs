using System.Runtime.InteropServices;

namespace Avion.Compute.Tests;

/// <summary>Products of bfloat16 by either generation of oneDNN's interface: that of the machine, and the third made of the second, whose
/// functions it wraps.</summary>
public sealed unsafe class OneDnnProductsTests
{
    private static nint s_library;
    private static int s_descriptions;

    [ThreadStatic]
    private static ulong t_heldInside;

    [Fact]
    public void Third_generation_s_products_match_a_triple_loop_and_leave_no_description()
    {
        OneDnnProducts products = new(ThirdOfSecond(), holdsSignals: false);
        foreach ((int m, int n, int k) in (ReadOnlySpan<(int, int, int)>)[(1, 1, 1), (3, 5, 7), (33, 97, 300)])
        {
            foreach ((bool transposeA, bool transposeB) in (ReadOnlySpan<(bool, bool)>)[(false, false), (true, false), (false, true),
                (true, true)])
            {
                new MatrixExample(transposeA, transposeB, m, n, k, isOfBFloat16: true).CheckBFloat16(products, accumulate: false);
                new MatrixExample(transposeA, transposeB, m, n, k, isOfBFloat16: true).CheckBFloat16(products, accumulate: true);
            }
        }

        Assert.Equal(0, s_descriptions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Signals_are_held_back_inside_a_product_where_the_release_asks_for_it(bool holdsSignals)
    {
        OneDnnProducts products = new(ThirdOfSecond(), holdsSignals);
        ulong before = OneDnnLibraryTests.SignalsHeld();
        new MatrixExample(false, false, 4, 4, 4, isOfBFloat16: true).MultiplyBFloat16(products, accumulate: false);
        Assert.Equal(holdsSignals, t_heldInside != before);
        Assert.Equal(before, OneDnnLibraryTests.SignalsHeld());
    }

    [Fact]
    public void Library_of_an_unknown_generation_or_without_a_function_has_no_products_of_bfloat16()
    {
        Assert.Null(OneDnnInterface.TryCreate(Second, null));
        Assert.Null(OneDnnInterface.TryCreate(Second, new Version(4, 0, 0)));
        Assert.Null(OneDnnInterface.TryCreate(Second, new Version(3, 7, 0)));
    }

    private static nint Second(string name)
    {
        Assert.SkipUnless(s_library != 0 || NativeLibrary.TryLoad("libdnnl.so.2", out s_library), "needs oneDNN of the second generation");
        return NativeLibrary.GetExport(s_library, name);
    }

    private static OneDnnInterface ThirdOfSecond()
    {
        OneDnnInterface functions = OneDnnInterface.TryCreate(Third, new Version(3, 7, 0))!;
        Assert.SkipUnless(functions.HasBFloat16Instructions, "needs a processor with instructions for bfloat16");
        return functions;
    }

    private static nint Third(string name) => name switch
    {
        "dnnl_memory_desc_create_with_strides" => (nint)(delegate* unmanaged<nint*, int, long*, int, long*, int>)&CreateDescription,
        "dnnl_memory_desc_destroy" => (nint)(delegate* unmanaged<nint, int>)&DestroyDescription,
        "dnnl_matmul_primitive_desc_create" => (nint)(delegate* unmanaged<nint*, nint, nint, nint, nint, nint, nint, int>)&DescribeProduct,
        "dnnl_post_ops_append_sum" => (nint)(delegate* unmanaged<nint, float, int, int, int>)&AddSum,
        "dnnl_primitive_execute" => (nint)(delegate* unmanaged<nint, nint, int, void*, int>)&Execute,
        "dnnl_memory_desc_init_by_strides" or "dnnl_matmul_desc_init" or "dnnl_primitive_desc_create" =>
            throw new EntryPointNotFoundException(name),
        _ => Second(name),
    };

    [UnmanagedCallersOnly]
    private static int CreateDescription(nint* description, int dimensions, long* extents, int type, long* strides)
    {
        *description = (nint)NativeMemory.Alloc(OneDnnInterface.DescriptionBytes);
        Interlocked.Increment(ref s_descriptions);
        return ((delegate* unmanaged<nint, int, long*, int, long*, int>)Second("dnnl_memory_desc_init_by_strides"))(
            *description, dimensions, extents, type, strides);
    }

    [UnmanagedCallersOnly]
    private static int DestroyDescription(nint description)
    {
        NativeMemory.Free((void*)description);
        Interlocked.Decrement(ref s_descriptions);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DescribeProduct(nint* description, nint engine, nint a, nint b, nint bias, nint c, nint settings)
    {
        byte* room = stackalloc byte[8 * OneDnnInterface.DescriptionBytes];
        int status = ((delegate* unmanaged<byte*, nint, nint, nint, nint, int>)Second("dnnl_matmul_desc_init"))(room, a, b, bias, c);
        return status != 0 ? status : ((delegate* unmanaged<nint*, byte*, nint, nint, nint, int>)Second("dnnl_primitive_desc_create"))(
            description, room, settings, engine, 0);
    }

    [UnmanagedCallersOnly]
    private static int AddSum(nint sum, float factor, int zeroPoint, int type)
    {
        const int InvalidArguments = 2;
        return zeroPoint != 0 || type != 0 ? InvalidArguments
            : ((delegate* unmanaged<nint, float, int>)Second("dnnl_post_ops_append_sum"))(sum, factor);
    }

    [UnmanagedCallersOnly]
    private static int Execute(nint product, nint stream, int count, void* arguments)
    {
        t_heldInside = OneDnnLibraryTests.SignalsHeld();
        return ((delegate* unmanaged<nint, nint, int, void*, int>)Second("dnnl_primitive_execute"))(product, stream, count, arguments);
    }
}
