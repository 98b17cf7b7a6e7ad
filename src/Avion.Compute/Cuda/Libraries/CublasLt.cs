using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The functions of cuBLASLt that Avion calls: a table of addresses, filled once.</summary>
/// <remarks>
/// Descriptors are opaque and the library's; a call that succeeds allocates nothing here. Source: cuBLAS reference, "Using the cuBLASLt
/// API"; the functions and numbers named are the same in CUDA 12 and 13.
/// </remarks>
internal sealed unsafe class CublasLt
{
    private readonly delegate* unmanaged<nint*, int> _create;
    private readonly delegate* unmanaged<nint, int> _destroy, _productDestroy, _layoutDestroy, _preferenceDestroy;
    private readonly delegate* unmanaged<nuint> _getVersion;
    private readonly delegate* unmanaged<nint*, int, int, int> _productCreate;
    private readonly delegate* unmanaged<nint, int, void*, nuint, int> _productSet, _preferenceSet;
    private readonly delegate* unmanaged<nint*, int, ulong, ulong, long, int> _layoutCreate;
    private readonly delegate* unmanaged<nint*, int> _preferenceCreate;
    private readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, CublasLtChoice*, int*, int> _choose;
    private readonly delegate* unmanaged<nint, nint, float*, nint, nint, nint, nint, float*, nint, nint, nint, nint, CublasLtAlgorithm*, nint, nuint,
        nint, int> _multiply;

    private readonly delegate* unmanaged<int, nint> _statusText;

    /// <summary>Fills the table.</summary>
    /// <exception cref="EntryPointNotFoundException">A function is missing.</exception>
    public CublasLt(CudaFunctions functions)
    {
        Source = functions.Source;
        nint Find(string function) => functions.Require(function, "CUDA 12");
        _create = (delegate* unmanaged<nint*, int>)Find("cublasLtCreate");
        _destroy = (delegate* unmanaged<nint, int>)Find("cublasLtDestroy");
        _getVersion = (delegate* unmanaged<nuint>)Find("cublasLtGetVersion");
        _productCreate = (delegate* unmanaged<nint*, int, int, int>)Find("cublasLtMatmulDescCreate");
        _productSet = (delegate* unmanaged<nint, int, void*, nuint, int>)Find("cublasLtMatmulDescSetAttribute");
        _productDestroy = (delegate* unmanaged<nint, int>)Find("cublasLtMatmulDescDestroy");
        _layoutCreate = (delegate* unmanaged<nint*, int, ulong, ulong, long, int>)Find("cublasLtMatrixLayoutCreate");
        _layoutDestroy = (delegate* unmanaged<nint, int>)Find("cublasLtMatrixLayoutDestroy");
        _preferenceCreate = (delegate* unmanaged<nint*, int>)Find("cublasLtMatmulPreferenceCreate");
        _preferenceSet = (delegate* unmanaged<nint, int, void*, nuint, int>)Find("cublasLtMatmulPreferenceSetAttribute");
        _preferenceDestroy = (delegate* unmanaged<nint, int>)Find("cublasLtMatmulPreferenceDestroy");
        _choose = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, CublasLtChoice*, int*, int>)
            Find("cublasLtMatmulAlgoGetHeuristic");
        _multiply = (delegate* unmanaged<nint, nint, float*, nint, nint, nint, nint, float*, nint, nint, nint, nint, CublasLtAlgorithm*, nint, nuint,
            nint, int>)Find("cublasLtMatmul");
        _statusText = (delegate* unmanaged<int, nint>)functions.Find("cublasLtGetStatusString");
    }

    /// <summary>The file it comes from.</summary>
    public string Source { get; }

    /// <summary>Its version, such as 12.8.4.</summary>
    public Version Version => (int)_getVersion() is var number ? new Version(number / 10000, number / 100 % 100, number % 100) : new Version();

    public nint Create()
    {
        nint handle;
        Check(_create(&handle), "cublasLtCreate");
        return handle;
    }

    public void Destroy(nint handle) => Check(_destroy(handle), "cublasLtDestroy");

    /// <summary>Describes a product whose factors, bias and result have float32 sums.</summary>
    public nint CreateProduct(CublasLtCompute compute)
    {
        nint product;
        Check(_productCreate(&product, (int)compute, (int)CublasLtType.Float32), "cublasLtMatmulDescCreate");
        return product;
    }

    public void Set(nint product, CublasLtProductAttribute attribute, int value) =>
        Check(_productSet(product, (int)attribute, &value, sizeof(int)), "cublasLtMatmulDescSetAttribute");

    public void SetBias(nint product, nint address) =>
        Check(_productSet(product, (int)CublasLtProductAttribute.BiasAddress, &address, (nuint)sizeof(nint)), "cublasLtMatmulDescSetAttribute");

    public void DestroyProduct(nint product) => Check(_productDestroy(product), "cublasLtMatmulDescDestroy");

    /// <summary>Describes a matrix stored by columns.</summary>
    public nint CreateLayout(CublasLtType type, long rows, long columns, long leadingDimension)
    {
        nint layout;
        Check(_layoutCreate(&layout, (int)type, (ulong)rows, (ulong)columns, leadingDimension), "cublasLtMatrixLayoutCreate");
        return layout;
    }

    public void DestroyLayout(nint layout) => Check(_layoutDestroy(layout), "cublasLtMatrixLayoutDestroy");

    public nint CreatePreference()
    {
        nint preference;
        Check(_preferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
        return preference;
    }

    public void Set(nint preference, CublasLtPreferenceAttribute attribute, uint value) =>
        Check(_preferenceSet(preference, (int)attribute, &value, sizeof(uint)), "cublasLtMatmulPreferenceSetAttribute");

    public void SetWorkspace(nint preference, long bytes) =>
        Check(_preferenceSet(preference, (int)CublasLtPreferenceAttribute.WorkspaceBytes, &bytes, sizeof(long)),
            "cublasLtMatmulPreferenceSetAttribute");

    public void DestroyPreference(nint preference) => Check(_preferenceDestroy(preference), "cublasLtMatmulPreferenceDestroy");

    /// <summary>The algorithm that the library holds for the best; false where it has none for such a product.</summary>
    public bool TryChoose(nint handle, nint product, nint a, nint b, nint c, nint preference, out CublasLtChoice choice)
    {
        CublasLtChoice found;
        int count;
        int status = _choose(handle, product, a, b, c, c, preference, 1, &found, &count);
        choice = found;
        if (status == CublasStatus.NotSupported)
        {
            return false;
        }

        Check(status, "cublasLtMatmulAlgoGetHeuristic");
        return count > 0 && found.Status == CublasStatus.Success;
    }

    /// <summary>C = op(A) op(B) + beta C, by columns.</summary>
    public void Multiply(nint handle, nint product, nint a, nint aLayout, nint b, nint bLayout, float beta, nint c, nint cLayout,
        in CublasLtAlgorithm algorithm, nint workspace, long workspaceBytes, nint stream)
    {
        float alpha = 1;
        fixed (CublasLtAlgorithm* chosen = &algorithm)
        {
            Check(_multiply(handle, product, &alpha, a, aLayout, b, bLayout, &beta, c, cLayout, c, cLayout, chosen, workspace,
                (nuint)workspaceBytes, stream), "cublasLtMatmul");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(int status, string call)
    {
        if (status != CublasStatus.Success)
        {
            Throw(status, call);
        }
    }

    private void Throw(int status, string call)
    {
        string text = _statusText == null ? "" : Marshal.PtrToStringUTF8(_statusText(status)) ?? "";
        throw new CudaException(call, status, CublasStatus.Name(status), text.Length == 0 ? "no description" : text);
    }
}
