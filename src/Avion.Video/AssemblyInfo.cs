using System.Runtime.CompilerServices;

// Every native signature in this assembly is blittable; the marshaller has nothing to do.
[assembly: DisableRuntimeMarshalling]
